"""History in words."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from audit.wording import in_words, told


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ([], "nothing"),
        ({}, "nothing"),
        (0, "0"),
        (0.0, "0"),
        (12.5, "12.5"),
        (True, "yes"),
        (False, "no"),
        (["web", "mobile"], "web, mobile"),
        ({"variant": "blue"}, "variant blue"),
        (
            [{"variant": "a", "weight": 50}, {"variant": "b", "weight": 50}],
            "variant a, weight 50; variant b, weight 50",
        ),
    ],
)
def test_value_is_told_as_people_write_it(value: Any, words: str) -> None:
    assert in_words(value) == words


def entry(**given: Any) -> Entry:
    return Entry(**{"action": "update", "subject": "flag", "key": "x", "changes": {}, **given})


def test_settings_are_told_as_what_happened_to_the_flag() -> None:
    [first, second] = told([entry(subject="flag_config", action="create"), entry(subject="flag_config")])
    assert [(first.verb, first.subject), (second.verb, second.subject)] == [("set up", "flag"), ("changed", "flag")]


def test_what_was_empty_and_stayed_so_is_not_told() -> None:
    changes = {"key": [None, "x"], "description": [None, ""], "salt": [None, "abc"], "name": [None, "X"]}
    [story] = told([entry(action="create", changes=changes)])
    assert [(part.field, part.new) for part in story.differences] == [("name", "X")]


def test_instants_are_told_to_the_minute() -> None:
    [story] = told([entry(changes={"archived_at": [None, "2026-11-21T06:32:10.064Z"]})])
    assert [(part.field, part.new) for part in story.differences] == [("archived at", "2026-11-21 06:32 UTC")]


def test_people_are_told_by_e_mail_and_those_who_are_gone_by_id(alice: User) -> None:
    gone = "00000000-0000-0000-0000-000000000000"
    [story] = told([entry(changes={"owner_id": [gone, str(alice.pk)]})])
    assert [(part.field, part.old, part.new) for part in story.differences] == [("owner", gone, alice.email)]


def test_any_number_of_entries_takes_one_query(alice: User, django_assert_num_queries: Any) -> None:
    entries = [entry(changes={"owner_id": [None, str(alice.pk)]}) for _ in range(5)]
    with django_assert_num_queries(1):
        told(entries)
