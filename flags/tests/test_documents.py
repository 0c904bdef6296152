"""Rows become the document that the engine compiles; what is only for people stays out of it."""

from typing import Any

import pytest

from accounts.models import Environment, User
from flagkit.engine.compiling import compile_flag
from flags.documents import document_of
from flags.models import Flag, FlagConfig
from flags.services import update_config, update_flag
from flags.tests.conftest import COLOURS

pytestmark = pytest.mark.django_db


def test_a_flag_without_a_config_is_off(colour: Flag) -> None:
    document = document_of(colour, FlagConfig())
    assert (document["enabled"], document["off_variant"]) == (False, None)


def test_a_boolean_flag_serves_off_while_it_is_off(checkout: Flag) -> None:
    assert document_of(checkout, FlagConfig())["off_variant"] == "off"


def test_a_flag_serves_its_first_variant_unless_told(bob: User, staging: Environment, colour: Flag) -> None:
    config = update_config(colour, staging, by=bob, is_enabled=True)
    assert document_of(colour, config)["serve"] == {"variant": "red"}


def test_a_share_becomes_buckets(bob: User, staging: Environment, share: Flag) -> None:
    config = update_config(share, staging, by=bob, rollout_percentage=12.345)
    assert document_of(share, config)["serve"]["rollout"]["ranges"] == [[0, 12345]]


def test_gate_and_split_have_salts_of_their_own(bob: User, staging: Environment, checkout: Flag, share: Flag) -> None:
    split = {"split": [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]}
    config = update_config(checkout, staging, by=bob, serve=split)
    assert document_of(checkout, config)["serve"]["split"]["salt"] == f"{checkout.salt}:split"
    assert document_of(share, FlagConfig())["serve"]["rollout"]["salt"] == f"{share.salt}:gate"


def test_names_of_variants_are_for_people_only(bob: User, colour: Flag) -> None:
    before = document_of(colour, FlagConfig())
    update_flag(colour, by=bob, variants=[{**variant, "name": "A colour"} for variant in COLOURS])
    assert document_of(colour, FlagConfig()) == before


@pytest.mark.parametrize(
    "serve",
    [
        {},
        {"variant": "blue"},
        {"split": [{"variant": "red", "weight": 0}, {"variant": "blue", "weight": 100}]},
        {"split": [{"variant": "blue", "weight": 100}]},
    ],
)
def test_what_can_be_set_can_be_evaluated(bob: User, staging: Environment, colour: Flag, serve: dict[str, Any]) -> None:
    update_config(colour, staging, by=bob, is_enabled=True, serve=serve)
    compile_flag(document_of(colour, FlagConfig.objects.get()))
