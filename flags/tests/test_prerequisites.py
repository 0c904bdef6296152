"""A flag may depend on others: never on itself in the end, and never on one that is taken away."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import Environment, User
from flags.models import Flag
from flags.services import archive_flag, create_flag, delete_flag, restore_flag, update_config
from flags.usage import FlagInUse, PrerequisiteArchived
from flags.validation import InvalidFlag


def on(key: str) -> list[dict[str, Any]]:
    return [{"flag": key, "variants": ["on"]}]


@pytest.fixture
def parent(alice: User, checkout: Flag) -> Flag:
    return create_flag(checkout.project, by=alice, key="parent")


@pytest.fixture
def child(alice: User, checkout: Flag, parent: Flag, staging: Environment) -> Flag:
    """A flag that needs `parent` in staging."""
    update_config(checkout, staging, by=alice, prerequisites=on("parent"))
    return checkout


def test_a_circle_is_refused_with_the_way_in_words(bob: User, child: Flag, parent: Flag, staging: Environment) -> None:
    third = create_flag(
        child.project, by=bob, key="third", environment=staging, config={"prerequisites": on("checkout")}
    )
    with pytest.raises(InvalidFlag) as refused:
        update_config(parent, staging, by=bob, prerequisites=on(third.key))
    way = "parent needs third, third needs checkout, checkout needs parent"
    assert refused.value.fields == {"prerequisites": [f"The prerequisites lead back to the flag itself: {way}."]}


def test_a_flag_does_not_depend_on_itself(bob: User, checkout: Flag, staging: Environment) -> None:
    with pytest.raises(InvalidFlag) as refused:
        update_config(checkout, staging, by=bob, prerequisites=on("checkout"))
    assert "checkout needs checkout" in refused.value.fields["prerequisites"][0]


def test_each_environment_has_circles_of_its_own(
    bob: User, child: Flag, parent: Flag, development: Environment
) -> None:
    assert update_config(parent, development, by=bob, prerequisites=on("checkout")).version == 1


def test_an_archived_flag_is_no_prerequisite(alice: User, checkout: Flag, parent: Flag, staging: Environment) -> None:
    archive_flag(parent, by=alice)
    with pytest.raises(InvalidFlag) as refused:
        update_config(checkout, staging, by=alice, prerequisites=on("parent"))
    assert list(refused.value.fields) == ["prerequisites.0.flag"]


@pytest.mark.parametrize("take_away", [archive_flag, delete_flag])
def test_a_flag_that_others_need_stays(alice: User, child: Flag, parent: Flag, take_away: Callable[..., Any]) -> None:
    with pytest.raises(FlagInUse, match="checkout in staging"):
        take_away(parent, by=alice)
    assert Flag.objects.get(key="parent").archived_at is None


def test_over_http_that_is_a_conflict(api: Callable[..., Any], alice: User, child: Flag) -> None:
    answer = api(alice).delete("/flags/parent")
    assert (answer.status_code, answer.json()["code"]) == (409, "flag_in_use")


def test_a_flag_that_nobody_needs_any_more_goes(alice: User, child: Flag, parent: Flag, staging: Environment) -> None:
    update_config(child, staging, by=alice, prerequisites=[])
    delete_flag(parent, by=alice)
    assert not Flag.objects.filter(key="parent").exists()


def test_an_archived_flag_holds_what_it_needs_against_deletion_alone(alice: User, child: Flag, parent: Flag) -> None:
    archive_flag(child, by=alice)
    archive_flag(parent, by=alice)
    with pytest.raises(FlagInUse):
        delete_flag(parent, by=alice)


def test_a_flag_comes_back_after_what_it_needs(alice: User, child: Flag, parent: Flag) -> None:
    archive_flag(child, by=alice)
    archive_flag(parent, by=alice)
    with pytest.raises(PrerequisiteArchived, match="parent"):
        restore_flag(child, by=alice)
    restore_flag(parent, by=alice)
    assert restore_flag(child, by=alice).archived_at is None


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_once_do_not_close_a_circle(bob: User, checkout: Flag, parent: Flag, staging: Environment) -> None:
    refused: list[Exception] = []

    def need(one: Flag, other: Flag) -> None:
        try:
            update_config(Flag.objects.get(pk=one.pk), staging, by=bob, prerequisites=on(other.key))
        except InvalidFlag as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    pairs = [(checkout, parent), (parent, checkout)]
    threads = [threading.Thread(target=need, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
