"""Who changes what a protected environment answers needs the right to, whichever field the change comes by."""

from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, Membership, User
from flags.models import Flag
from flags.services import create_flag, update_config, update_flag
from flags.tests.conftest import COLOURS

OTHER = [{"key": "red", "value": "#e00"}, {"key": "blue", "value": "#00f"}]


@pytest.fixture
def live(alice: User, production: Environment, colour: Flag) -> Flag:
    """A string flag that is on in production."""
    update_config(colour, production, by=alice, is_enabled=True)
    return colour


def test_a_developer_changes_values_that_production_does_not_serve(bob: User, colour: Flag) -> None:
    assert update_flag(colour, by=bob, variants=OTHER).variants == OTHER


def test_a_developer_does_not_change_values_that_production_serves(bob: User, live: Flag) -> None:
    with pytest.raises(Forbidden):
        update_flag(live, by=bob, variants=OTHER)
    live.refresh_from_db()
    assert live.variants == COLOURS


def test_an_admin_does(alice: User, live: Flag) -> None:
    assert update_flag(live, by=alice, variants=OTHER).variants == OTHER


def test_a_project_admin_does(bob: User, live: Flag) -> None:
    Membership.objects.create(user=bob, project=live.project, role="admin")
    assert update_flag(live, by=bob, variants=OTHER).variants == OTHER


def test_a_developer_does_not_reorder_variants_where_the_first_is_served(bob: User, live: Flag) -> None:
    with pytest.raises(Forbidden):
        update_flag(live, by=bob, variants=COLOURS[::-1])


def test_a_value_that_only_python_calls_equal_is_a_change(alice: User, bob: User, production: Environment) -> None:
    flag = create_flag(production.project, by=alice, key="o", flag_type="object", variants=[_object(1)])
    update_config(flag, production, by=alice, is_enabled=True)
    with pytest.raises(Forbidden):
        update_flag(flag, by=bob, variants=[_object(True)])


def test_a_developer_does_not_change_the_value_served_while_off(
    alice: User, bob: User, production: Environment, colour: Flag
) -> None:
    update_config(colour, production, by=alice, off_variant="red")
    with pytest.raises(Forbidden):
        update_flag(colour, by=bob, variants=OTHER)


def test_a_developer_changes_other_values_while_it_is_off(
    alice: User, bob: User, production: Environment, colour: Flag
) -> None:
    update_config(colour, production, by=alice, off_variant="blue")
    assert update_flag(colour, by=bob, variants=OTHER).variants == OTHER


def test_a_developer_does_not_change_the_type_of_a_live_flag(
    alice: User, bob: User, production: Environment, checkout: Flag
) -> None:
    update_config(checkout, production, by=alice, is_enabled=True)
    with pytest.raises(Forbidden):
        update_flag(checkout, by=bob, flag_type="percentage")


def test_a_developer_changes_between_boolean_types_while_it_is_off(bob: User, checkout: Flag) -> None:
    assert update_flag(checkout, by=bob, flag_type="percentage").flag_type == "percentage"


@pytest.mark.parametrize(
    "fields", [{"name": "New"}, {"tags": ["web"]}, {"variants": [{**COLOURS[0], "name": "Red"}, COLOURS[1]]}]
)
def test_a_developer_changes_what_is_for_people_on_a_live_flag(bob: User, live: Flag, fields: dict[str, Any]) -> None:
    update_flag(live, by=bob, **fields)
    assert {name: getattr(live, name) for name in fields} == fields


def test_a_developer_does_not_prepare_production_while_it_is_off(
    bob: User, production: Environment, share: Flag
) -> None:
    with pytest.raises(Forbidden):
        update_config(share, production, by=bob, rollout_percentage=50)


def _object(value: Any) -> dict[str, Any]:
    return {"key": "a", "value": {"limit": value}}


def test_a_developer_makes_flags_that_client_keys_may_ask_for(bob: User, colour: Flag) -> None:
    flag = create_flag(colour.project, by=bob, key="shown", is_client_visible=True)
    assert update_flag(flag, by=bob, name="Shown").is_client_visible is True


def test_a_developer_does_not_show_client_keys_what_production_answers(bob: User, alice: User, colour: Flag) -> None:
    """Off or on: a flag that was not there for them would be."""
    with pytest.raises(Forbidden):
        update_flag(colour, by=bob, is_client_visible=True)
    colour.refresh_from_db()
    assert colour.is_client_visible is False
    assert update_flag(colour, by=alice, is_client_visible=True).is_client_visible is True
