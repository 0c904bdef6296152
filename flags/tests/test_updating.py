"""What a flag is can be changed, and nothing is written where nothing differs."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, User
from flags.models import Flag, FlagConfig
from flags.queries import EnvironmentNeeded, FlagNotFound
from flags.services import FlagArchived, archive_flag, create_flag, delete_flag, update_config, update_flag
from flags.tests.conftest import COLOURS
from flags.validation import InvalidFlag

Count = Callable[[], int]


def refused_fields(refused: pytest.ExceptionInfo[InvalidFlag]) -> list[str]:
    return list(refused.value.fields)


def test_every_field_for_people_can_be_changed(bob: User, checkout: Flag) -> None:
    fields: dict[str, Any] = {"name": "New", "description": "Text", "tags": ["web"], "purpose": "kill_switch"}
    update_flag(checkout, by=bob, owner=bob, is_temporary=False, **fields)
    checkout.refresh_from_db()
    assert {name: getattr(checkout, name) for name in fields} == fields
    assert (checkout.owner, checkout.is_temporary) == (bob, False)


def test_an_owner_can_be_taken_away(bob: User, checkout: Flag) -> None:
    update_flag(checkout, by=bob, owner=bob)
    assert update_flag(checkout, by=bob, owner=None).owner is None


def test_an_owner_who_left_stays_until_replaced(bob: User, eve: User, checkout: Flag) -> None:
    checkout.owner = eve
    checkout.save()
    assert update_flag(checkout, by=bob, owner=eve.email, name="New").owner == eve


def test_the_same_again_writes_nothing(bob: User, checkout: Flag, written: Count) -> None:
    before = (written(), checkout.version)
    update_flag(checkout, by=bob, name="Checkout", tags=[], key="checkout", owner=None)
    assert (written(), checkout.version) == before


def test_an_integer_that_becomes_a_float_is_a_change(bob: User, project: Any) -> None:
    flag = create_flag(project, by=bob, key="n", flag_type="number", variants=[{"key": "a", "value": 1}])
    update_flag(flag, by=bob, variants=[{"key": "a", "value": 1.0}])
    assert flag.version == 2


def test_a_key_stays(bob: User, checkout: Flag) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_flag(checkout, by=bob, key="checkout-2")
    assert refused_fields(refused) == ["key"]


@pytest.mark.parametrize("field", ["salt", "archived_at", "version", "project"])
def test_what_is_not_for_people_cannot_be_set(bob: User, checkout: Flag, field: str) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_flag(checkout, by=bob, **{field: "x"})
    assert refused_fields(refused) == [field]


def test_definition_and_config_change_together(bob: User, staging: Environment, checkout: Flag) -> None:
    update_flag(checkout, by=bob, environment=staging, config={"is_enabled": True}, name="New")
    assert (Flag.objects.get().name, FlagConfig.objects.get().is_enabled) == ("New", True)


def test_a_wrong_config_keeps_the_definition_from_changing(bob: User, staging: Environment, checkout: Flag) -> None:
    with pytest.raises(InvalidFlag):
        update_flag(checkout, by=bob, environment=staging, config={"serve": {"variant": "maybe"}}, name="New")
    assert Flag.objects.get().name == "Checkout"


def test_an_update_of_a_config_says_where(bob: User, checkout: Flag) -> None:
    with pytest.raises(EnvironmentNeeded):
        update_flag(checkout, by=bob, config={"is_enabled": False})


def test_a_boolean_becomes_a_percentage_flag(bob: User, checkout: Flag) -> None:
    assert update_flag(checkout, by=bob, flag_type="percentage").variants == checkout.variants


def test_another_type_needs_its_own_variants(bob: User, checkout: Flag) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_flag(checkout, by=bob, flag_type="string")
    assert refused_fields(refused) == ["variants"]


def test_a_typed_flag_becomes_a_boolean_one(alice: User, colour: Flag) -> None:
    assert [variant["key"] for variant in update_flag(colour, by=alice, flag_type="boolean").variants] == ["on", "off"]


def test_a_variant_that_is_served_cannot_be_removed(bob: User, staging: Environment, colour: Flag) -> None:
    update_config(colour, staging, by=bob, serve={"variant": "blue"})
    with pytest.raises(InvalidFlag) as refused:
        update_flag(colour, by=bob, variants=COLOURS[:1])
    assert refused.value.fields == {"serve": ["staging: the flag has no variant blue."]}


def test_a_variant_and_what_serves_it_are_removed_together(bob: User, staging: Environment, colour: Flag) -> None:
    update_config(colour, staging, by=bob, serve={"variant": "blue"})
    update_flag(colour, by=bob, variants=COLOURS[:1], environment=staging, config={"serve": {"variant": "red"}})
    assert FlagConfig.objects.get().serve == {"variant": "red"}


def test_an_archived_flag_is_not_edited(alice: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    with pytest.raises(FlagArchived):
        update_flag(checkout, by=alice, name="New")


def test_a_flag_that_was_deleted_meanwhile_is_not_found(alice: User, checkout: Flag) -> None:
    delete_flag(Flag.objects.get(), by=alice)
    with pytest.raises(FlagNotFound):
        update_flag(checkout, by=alice, name="New")


def test_a_viewer_changes_nothing(charlie: User, checkout: Flag) -> None:
    with pytest.raises(Forbidden):
        update_flag(checkout, by=charlie, name="New")
