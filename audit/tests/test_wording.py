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


def test_rows_are_told_by_the_keys_that_history_has_and_others_by_id(db: None) -> None:
    known, gone = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
    where = {"subject": "variant", "subject_id": known, "key": "colour", "action": "create"}
    Entry.objects.create(changes={"key": [None, "control"]}, **where)
    [story] = told([entry(subject="allocation", changes={"variant_id": [gone, known]})])
    assert story.subject == "allocation of experiment"
    assert [(part.field, part.old, part.new) for part in story.differences] == [("variant", gone, "control")]


def test_a_salt_is_told_where_somebody_changed_it() -> None:
    changes = {"salt": ["abc", "def"]}
    first, second = told([entry(changes=changes, action="create"), entry(changes=changes)])
    assert ([*first.differences], [part.new for part in second.differences]) == ([], ["def"])


def test_the_flag_is_told_where_it_is_not_the_entrys_own() -> None:
    stories = told(
        [entry(subject=subject, changes={"flag_id": [None, "gone"]}) for subject in ("flag_config", "experiment")]
    )
    assert [len(story.differences) for story in stories] == [0, 1]
