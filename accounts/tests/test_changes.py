"""A change is one transaction with one actor that notes every row it writes and is announced once, at its end."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.changes import Change, attempt, change, closing, record
from accounts.models import Project, User


@pytest.fixture
def closed() -> Iterator[list[Change]]:
    seen: list[Change] = []

    def listen(sender: type, change: Change, **_: Any) -> None:
        seen.append(change)

    closing.connect(listen)
    yield seen
    closing.disconnect(listen)


def make(key: str) -> Project:
    return Project.objects.create(key=key, name=key)


def make_and_fail(key: str) -> None:
    make(key)
    raise ZeroDivisionError


def told(closed: list[Change]) -> list[list[str]]:
    return [[f"{write.action} {write.place.key}" for write in change.writes] for change in closed]


@pytest.mark.django_db
def test_row_saved_by_itself_is_a_change_of_its_own(closed: list[Change]) -> None:
    make("a")
    assert told(closed) == [["create a"]]


@pytest.mark.django_db
def test_rows_of_one_change_are_announced_together(closed: list[Change]) -> None:
    with change():
        make("a").delete()
        make("b")
    assert told(closed) == [["create a", "delete a", "create b"]]


def test_inner_change_joins_the_outer_one(alice: User, bob: User, closed: list[Change]) -> None:
    closed.clear()
    with change(by=alice):
        make("a")
        with change(by=bob):
            make("b")
        with change():
            make("c")
    (outer,) = closed
    assert [write.by for write in outer.writes] == [alice, bob, alice]


@pytest.mark.django_db
def test_change_that_fails_leaves_nothing_and_tells_nobody(closed: list[Change]) -> None:
    with pytest.raises(ZeroDivisionError), change():
        make_and_fail("a")
    assert not Project.objects.filter(key="a").exists()
    assert closed == []


@pytest.mark.django_db
def test_who_listens_can_stop_a_change() -> None:
    def refuse(sender: type, **_: Any) -> None:
        raise ZeroDivisionError

    closing.connect(refuse)
    try:
        with pytest.raises(ZeroDivisionError):
            make("a")
    finally:
        closing.disconnect(refuse)
    assert not Project.objects.filter(key="a").exists()


@pytest.mark.django_db
def test_next_change_starts_empty_after_one_that_failed(closed: list[Change]) -> None:
    with pytest.raises(ZeroDivisionError), change():
        make_and_fail("a")
    make("b")
    assert told(closed) == [["create b"]]


@pytest.mark.django_db
def test_what_a_failed_attempt_wrote_is_taken_back_and_the_rest_of_the_change_stands(closed: list[Change]) -> None:
    with change():
        make("a")
        with pytest.raises(ZeroDivisionError), attempt():
            make_and_fail("b")
        make("c")
    assert told(closed) == [["create a", "create c"]]
    assert not Project.objects.filter(key="b").exists()


@pytest.mark.django_db
def test_an_attempt_that_does_not_fail_is_as_if_it_was_none(closed: list[Change]) -> None:
    with change():
        with attempt():
            make("a")
        make("b")
    assert told(closed) == [["create a", "create b"]]


def test_an_attempt_is_part_of_a_change() -> None:
    with pytest.raises(RuntimeError, match="no change"), attempt():
        pass


@pytest.mark.django_db
def test_write_knows_the_values_before_and_after(closed: list[Change]) -> None:
    project = make("a")
    project.name = "New"
    project.save()
    write = closed[-1].writes[0]
    assert write.before is not None
    assert write.after is not None
    assert (write.before["name"], write.after["name"]) == ("a", "New")


@pytest.mark.django_db
def test_deleted_row_keeps_its_id_in_the_change(closed: list[Change]) -> None:
    project = make("a")
    identity = project.pk
    project.delete()
    assert closed[-1].writes[0].row_id == identity


@pytest.mark.django_db
def test_what_is_deleted_along_is_noted_with_its_place(closed: list[Change]) -> None:
    project = make("a")
    project.environments.create(key="qa", name="QA")
    project.delete()
    assert {(w.place.project, w.place.environment) for w in closed[-1].writes} == {("a", ""), ("a", "qa")}


@pytest.mark.django_db
def test_nothing_is_noted_outside_of_a_change() -> None:
    project = Project(key="a", name="a")
    with pytest.raises(RuntimeError, match="outside of a change"):
        record(project, project.place(), before=None, after={})
