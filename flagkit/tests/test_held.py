"""Newer good data replaces older, and listeners hear of it once."""

import pytest

from flagkit.client.configuration import Configuration, from_body
from flagkit.client.held import Change, Held
from flagkit.client.status import Source, State, Status
from flagkit.tests.documents import audience, flag
from flagkit.tests.wire import ENVIRONMENT, body


def at(revision: int, *, epoch: int = 0, **environment: str) -> Configuration:
    return from_body(body(flag(), revision=revision, epoch=epoch, environment={**ENVIRONMENT, **environment}))


def test_the_servers_word_replaces_a_copy_and_older_never_replaces_newer() -> None:
    held = Held()
    held.load(at(5), Source.DISK_COPY)
    held.load(at(4), Source.BOOTSTRAP)
    assert (held.status().revision, held.status().source, held.state()) == (5, Source.DISK_COPY, State.STALE)
    assert held.confirm(at(6)) is True
    assert held.confirm(at(5)) is False
    assert (held.status().revision, held.status().source, held.state()) == (6, Source.SERVER, State.READY)


def test_another_environment_and_a_later_epoch_replace_whatever_their_number() -> None:
    held = Held()
    held.confirm(at(9))
    assert held.confirm(at(4, epoch=1)) is True
    assert held.confirm(at(9, epoch=0)) is False
    assert held.confirm(at(2, id="another")) is True
    assert held.status().revision == 2


def test_an_earlier_history_replaces_nothing() -> None:
    held = Held()
    held.confirm(at(2, epoch=3))
    assert held.confirm(at(9)) is False
    assert held.status().revision == 2


def test_states_follow_from_what_happens() -> None:
    held, told = Held(), list[State]()
    held.listen_status(lambda status: told.append(status.state))
    held.fail("away")
    held.confirm(at(1))
    held.fail("away")
    held.fail("away")
    held.fail("the key was revoked", is_refused=True)
    held.confirm(at(1))
    held.close()
    assert told == [State.READY, State.STALE, State.REFUSED, State.READY, State.CLOSED]


def test_a_change_names_what_is_different() -> None:
    held, changes = Held(), list[Change]()
    forget = held.listen(changes.append)
    held.confirm(from_body(body(flag("a"), flag("b"), audience())))
    held.confirm(from_body(body(flag("a"), flag("c"), audience(included=["x"]), revision=8)))
    forget()
    forget()
    held.confirm(from_body(body(revision=9)))
    assert changes == [
        Change(7, frozenset("ab"), frozenset({"beta"})),
        Change(8, frozenset("bc"), frozenset({"beta"})),
    ]


def test_a_listener_that_fails_harms_nobody() -> None:
    held, told = Held(), list[Status]()

    def fails(_: object) -> None:
        raise RuntimeError("no")

    held.listen(fails)
    held.listen_status(fails)
    held.listen_status(told.append)
    assert held.confirm(at(1)) is True
    assert [status.state for status in told] == [State.READY]


@pytest.mark.parametrize(("copy", "is_settled"), [(False, False), (True, True)])
def test_with_the_server_away_nobody_waits_who_has_a_copy(copy: bool, is_settled: bool) -> None:
    held, told = Held(), list[str]()
    if copy:
        held.load(at(5), Source.DISK_COPY)
    held.when_settled(lambda: told.append("settled"))
    held.fail("away")
    assert (held.wait(0), told == ["settled"]) == (copy, is_settled)
