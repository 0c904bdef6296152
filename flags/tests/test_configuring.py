"""What a flag does is set for one environment at a time, by somebody who may change that environment."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from accounts.queries import EnvironmentNotFound
from flags.models import Flag, FlagConfig
from flags.services import FlagArchived, archive_flag, update_config
from flags.validation import InvalidFlag

SPLIT = {"split": [{"variant": "red", "weight": 33.333}, {"variant": "blue", "weight": 66.667}]}


def weights(config: FlagConfig) -> dict[str, Any]:
    """What the config serves, as it was given: without the buckets."""
    return {"split": [{"variant": arm["variant"], "weight": arm["weight"]} for arm in config.serve["split"]]}


def test_a_flag_is_turned_on_in_one_environment(bob: User, staging: Environment, checkout: Flag) -> None:
    update_config(checkout, staging, by=bob, is_enabled=True)
    assert [(c.environment, c.is_enabled) for c in FlagConfig.objects.all()] == [(staging, True)]


def test_only_what_is_given_changes(bob: User, staging: Environment, share: Flag) -> None:
    update_config(share, staging, by=bob, is_enabled=True, rollout_percentage=30)
    config = update_config(share, staging, by=bob, rollout_percentage=40)
    assert (config.is_enabled, config.rollout_percentage) == (True, Decimal(40))


def test_each_save_counts_the_version(bob: User, staging: Environment, share: Flag) -> None:
    versions = [update_config(share, staging, by=bob, rollout_percentage=n).version for n in (1, 2, 2, 3)]
    assert versions == [1, 2, 2, 3]


def test_the_defaults_need_no_row(bob: User, staging: Environment, checkout: Flag, written: Callable[[], int]) -> None:
    before = written()
    config = update_config(checkout, staging, by=bob, is_enabled=False, rollout_percentage=100, serve={})
    assert (config.version, written(), FlagConfig.objects.count()) == (0, before, 0)


def test_a_typed_flag_serves_a_split(bob: User, staging: Environment, colour: Flag) -> None:
    assert weights(update_config(colour, staging, by=bob, serve=SPLIT)) == SPLIT


def test_a_boolean_flag_serves_a_split(bob: User, staging: Environment, checkout: Flag) -> None:
    split = {"split": [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]}
    assert weights(update_config(checkout, staging, by=bob, serve=split)) == split


def test_weights_are_stored_as_plain_numbers(bob: User, staging: Environment, colour: Flag) -> None:
    split = {"split": [{"variant": "red", "weight": Decimal("25.000")}, {"variant": "blue", "weight": 75.0}]}
    stored = update_config(colour, staging, by=bob, serve=split).serve["split"]
    assert [repr(arm["weight"]) for arm in stored] == ["25", "75"]


def test_a_percentage_flag_takes_no_serve(bob: User, staging: Environment, share: Flag) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_config(share, staging, by=bob, serve={"variant": "on"})
    assert list(refused.value.fields) == ["serve"]


def test_no_off_variant_is_told_by_null(bob: User, staging: Environment, colour: Flag) -> None:
    update_config(colour, staging, by=bob, off_variant="red")
    assert update_config(colour, staging, by=bob, off_variant=None).off_variant == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serve", {"variant": "green"}),
        ("serve", {"split": [{"variant": "red", "weight": 50}, {"variant": "green", "weight": 50}]}),
        ("off_variant", "green"),
    ],
)
def test_only_existing_variants_are_served(
    bob: User, staging: Environment, colour: Flag, field: str, value: Any
) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_config(colour, staging, by=bob, **{field: value})
    assert refused.value.fields == {field: ["staging: the flag has no variant green."]}


def test_a_config_has_no_other_fields(bob: User, staging: Environment, checkout: Flag) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_config(checkout, staging, by=bob, enabled=True)
    assert list(refused.value.fields) == ["enabled"]


def test_a_developer_does_not_configure_production(bob: User, production: Environment, checkout: Flag) -> None:
    with pytest.raises(Forbidden):
        update_config(checkout, production, by=bob, is_enabled=True)
    assert not FlagConfig.objects.exists()


def test_a_viewer_does_not_configure_development(charlie: User, development: Environment, checkout: Flag) -> None:
    with pytest.raises(Forbidden):
        update_config(checkout, development, by=charlie, is_enabled=True)


def test_an_admin_configures_production(alice: User, production: Environment, checkout: Flag) -> None:
    assert update_config(checkout, production, by=alice, is_enabled=True).is_enabled


def test_an_archived_flag_is_not_configured(alice: User, staging: Environment, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    with pytest.raises(FlagArchived):
        update_config(checkout, staging, by=alice, is_enabled=True)


def test_another_projects_environment_is_refused(alice: User, checkout: Flag) -> None:
    other = Environment.objects.create(project=Project.objects.create(key="other", name="Other"), key="staging")
    with pytest.raises(EnvironmentNotFound):
        update_config(checkout, other, by=alice, is_enabled=True)
