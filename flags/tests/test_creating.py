"""A new flag is off everywhere, and does in the environment that is named what the caller said."""

import re
from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from accounts.queries import EnvironmentNotFound
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
from flags.queries import EnvironmentNeeded
from flags.services import FlagExists, archive_flag, create_flag, update_config
from flags.tests.conftest import COLOURS
from flags.validation import InvalidFlag


def test_a_boolean_flag_has_the_fixed_variants(project: Project, bob: User) -> None:
    assert create_flag(project, by=bob, key="checkout").variants == BOOLEAN_VARIANTS


def test_a_percentage_flag_has_the_fixed_variants(project: Project, bob: User) -> None:
    assert create_flag(project, by=bob, key="checkout", flag_type="percentage").variants == BOOLEAN_VARIANTS


def test_the_fixed_variants_may_be_spelled_out(project: Project, bob: User) -> None:
    flag = create_flag(project, by=bob, key="checkout", variants=[BOOLEAN_VARIANTS[1], BOOLEAN_VARIANTS[0]])
    assert flag.variants == BOOLEAN_VARIANTS


def test_a_new_flag_has_no_config_anywhere(project: Project, bob: User) -> None:
    create_flag(project, by=bob, key="checkout")
    assert not FlagConfig.objects.exists()


def test_a_flag_can_be_rolled_out_where_it_is_created(project: Project, bob: User, staging: Environment) -> None:
    config = {"is_enabled": True, "rollout_percentage": 12.5}
    create_flag(project, by=bob, key="share", flag_type="percentage", environment=staging, config=config)
    found = FlagConfig.objects.get()
    assert (found.environment, found.is_enabled, found.rollout_percentage) == (staging, True, Decimal("12.5"))


def test_a_salt_is_drawn_for_each_flag(project: Project, bob: User) -> None:
    one, other = create_flag(project, by=bob, key="one"), create_flag(project, by=bob, key="other")
    assert one.salt != other.salt
    assert re.fullmatch("[0-9a-f]{16}", one.salt)


def test_a_viewer_cannot_create_a_flag(project: Project, charlie: User) -> None:
    with pytest.raises(Forbidden):
        create_flag(project, by=charlie, key="checkout")
    assert not Flag.objects.exists()


def test_a_developer_cannot_turn_a_new_flag_on_in_production(
    project: Project, bob: User, production: Environment
) -> None:
    with pytest.raises(Forbidden):
        create_flag(project, by=bob, key="checkout", environment=production, config={"is_enabled": True})
    assert not Flag.objects.exists()


def test_a_developer_may_create_a_flag_that_is_off_in_production(project: Project, bob: User) -> None:
    assert create_flag(project, by=bob, key="checkout").pk


def test_a_key_is_taken_once_in_a_project(project: Project, bob: User, checkout: Flag) -> None:
    with pytest.raises(FlagExists, match=r"PUT /flags/checkout\?environment_key="):
        create_flag(project, by=bob, key="checkout")


def test_an_archived_key_is_not_taken_again(project: Project, alice: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    with pytest.raises(FlagExists, match="archived: restore it"):
        create_flag(project, by=alice, key="checkout")


def test_another_project_may_use_the_same_key(alice: User, checkout: Flag) -> None:
    other = Project.objects.create(key="other", name="Other")
    assert create_flag(other, by=alice, key="checkout").pk != checkout.pk


def test_the_environment_of_another_project_is_refused(alice: User, staging: Environment) -> None:
    other = Project.objects.create(key="other", name="Other")
    with pytest.raises(EnvironmentNotFound):
        create_flag(other, by=alice, key="checkout", environment=staging, config={"is_enabled": True})


@pytest.mark.parametrize("config", [{"is_enabled": False}, {"rollout_percentage": 0}, {"rollout_percentage": 100}])
def test_a_config_that_says_nothing_needs_no_environment(project: Project, bob: User, config: dict[str, Any]) -> None:
    create_flag(project, by=bob, key="checkout", config=config)
    assert not FlagConfig.objects.exists()


def test_a_percentage_flag_that_is_switched_on_for_the_first_time_is_on_for_nobody(
    project: Project, bob: User, staging: Environment
) -> None:
    flag = create_flag(project, by=bob, key="checkout", flag_type="percentage", config={"rollout_percentage": 0})
    assert update_config(flag, staging, by=bob, is_enabled=True).rollout_percentage == 0


def test_a_share_of_a_percentage_flag_needs_an_environment(project: Project, bob: User) -> None:
    with pytest.raises(EnvironmentNeeded):
        create_flag(project, by=bob, key="checkout", flag_type="percentage", config={"rollout_percentage": 100})


@pytest.mark.parametrize(
    "config", [{"is_enabled": True}, {"rollout_percentage": 30}, {"serve": {"variant": "on"}}, {"off_variant": "on"}]
)
def test_a_config_that_says_something_needs_an_environment(project: Project, bob: User, config: dict[str, Any]) -> None:
    with pytest.raises(EnvironmentNeeded, match="Name the environment"):
        create_flag(project, by=bob, key="checkout", config=config)
    assert not Flag.objects.exists()


def test_the_owner_is_found_by_email(project: Project, bob: User, alice: User) -> None:
    assert create_flag(project, by=bob, key="checkout", owner="Alice@Example.com").owner == alice


def test_the_owner_is_found_by_id(project: Project, bob: User, alice: User) -> None:
    assert create_flag(project, by=bob, key="checkout", owner=str(alice.pk)).owner == alice


def test_nobody_who_left_can_become_owner(project: Project, bob: User, eve: User) -> None:
    with pytest.raises(InvalidFlag) as refused:
        create_flag(project, by=bob, key="checkout", owner=eve.email)
    assert list(refused.value.fields) == ["owner"]


def test_typed_variants_keep_their_names(project: Project, bob: User) -> None:
    variants = [{**COLOURS[0], "name": "Fire red"}, COLOURS[1]]
    assert create_flag(project, by=bob, key="colour", flag_type="string", variants=variants).variants == variants
