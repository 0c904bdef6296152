"""Events reach the server once each, whatever it answers, and the program never hears of it."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from flagkit.client import Client
from flagkit.client.events.counts import EventCounts
from flagkit.client.options import Options
from flagkit.client.transport import Transport
from flagkit.tests.intake import CUT, Answer, Intake

BUSY: Answer = (503, {"Retry-After": "0"}, b"{}")
ODD: Answer = (503, {"Retry-After": "²"}, b"{}")  # a digit, and no number
NOT_OURS: Answer = (202, {}, b"<html>please sign in</html>")
NOBODY_LISTENS = "http://127.0.0.1:9"
Make = Callable[..., tuple[Client, Intake]]


@pytest.fixture
def make() -> Iterator[Make]:
    """`make(*answers, …)` are a client and the server that it sends to."""
    made: list[tuple[Client, Intake]] = []

    def make_one(*script: Answer, most: int = 1000, largest: int = 2**21, **options: Any) -> tuple[Client, Intake]:
        intake = Intake(*script, most=most, largest=largest)
        chosen = {"streaming": False, "events_every": 60, "events_patience": 0, "longest_backoff": 0.02, **options}
        made.append((Client(intake.url, "fp_server_x", "staging", options=Options(**chosen)), intake))
        return made[-1]

    yield make_one
    for client, intake in made:
        client.close()
        intake.__exit__()


def test_an_event_arrives_as_it_was_meant(make: Make) -> None:
    client, intake = make()
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    client.track("bought", "alice", Decimal("12.50"), {"plan": "pro"}, timestamp=at, event_id="order-7")
    client.expose("alice", "red", experiment="button", timestamp=at, event_id="seen-7")
    assert client.flush(10)
    common = {"user_key": "alice", "timestamp": "2026-05-01T12:00:00+00:00"}
    assert list(intake.kept.values()) == [
        {
            "event_id": "order-7",
            "type": "metric",
            "name": "bought",
            "value": 12.5,
            **common,
            "attributes": {"plan": "pro"},
        },
        {
            "event_id": "seen-7",
            "type": "exposure",
            "experiment": "button",
            "variant": "red",
            **common,
            "attributes": {},
        },
    ]
    assert intake.keys == {"fp_server_x"}
    assert client.status.events == EventCounts(sent=2, accepted=2)


@pytest.mark.parametrize("answer", [BUSY, ODD, CUT, NOT_OURS, (429, {}, b""), (500, {}, b"x"), (302, {}, b"")])
def test_what_was_not_answered_is_sent_again_with_the_same_ids_until_it_is(make: Make, answer: Answer) -> None:
    client, intake = make(answer, answer, answer)
    client.track("bought", "alice")
    client.track("left", "alice")
    assert client.flush(10)
    assert len(intake.batches) == 4
    assert len({tuple(ids) for ids in intake.batches}) == 1
    assert sorted(intake.names()) == ["bought", "left"]
    counts = client.status.events
    assert (counts.waiting, counts.sent, counts.accepted + counts.duplicate, counts.rejected) == (0, 2, 2, 0)


def test_a_connection_that_is_reset_while_it_opens_is_opened_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    client, intake = make()
    monkeypatch.setattr(socket, "create_connection", failing_once(socket.create_connection, ConnectionResetError()))
    client.track("bought", "alice")
    assert client.flush(10)
    assert intake.names() == ["bought"]


def test_sending_outlives_an_error_that_nobody_thought_of(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, intake = make()
    monkeypatch.setattr(Transport, "post", failing_once(Transport.post, AttributeError("no such thing")))
    client.track("bought", "alice")
    assert client.flush(10)
    assert intake.names() == ["bought"]
    assert "no such thing" in caplog.text


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_the_server_refuses_is_not_sent_again(make: Make, status: int) -> None:
    client, intake = make((status, {}, b'{"message": "the key is revoked"}'))
    client.track("bought", "alice")
    assert client.flush(10)
    client.track("left", "alice")
    assert client.flush(10)
    assert intake.names() == ["left"]
    assert (client.status.events.rejected, client.status.events.accepted) == (1, 1)


def test_a_batch_that_is_too_large_is_halved_until_it_fits(make: Make) -> None:
    client, intake = make(most=3)
    for n in range(11):
        client.track("bought", f"user-{n}")
    assert client.flush(10)
    assert [event["user_key"] for event in intake.kept.values()] == [f"user-{n}" for n in range(11)]
    assert client.status.events == EventCounts(sent=11, accepted=11)


@pytest.mark.parametrize(("largest", "refused"), [(2**20, False), (2**17, True)])
def test_large_events_go_in_batches_that_are_small_enough(make: Make, largest: int, refused: bool) -> None:
    client, intake = make(largest=largest)
    for n in range(64):
        client.track("bought", f"user-{n}", attributes={"note": "x" * 30_000})
    assert client.flush(20)
    assert client.status.events == EventCounts(sent=64, accepted=64)
    assert (intake.refusals > 0) is refused


def test_a_refusal_is_heard_that_comes_before_all_of_the_body_is_sent() -> None:
    with Intake(largest=1000) as intake:
        transport = Transport(intake.url, "key", environment="e", project="", timeout=10, context=None)
        assert transport.post("events", b"x" * 2**25).status == 413


def test_a_single_event_that_is_too_large_is_rejected(make: Make) -> None:
    client, intake = make(most=0)
    client.track("bought", "alice")
    assert client.flush(10)
    assert (len(intake.batches), client.status.events.rejected) == (1, 1)


def test_a_rejected_event_harms_no_other_and_the_first_of_its_code_is_logged(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    client, intake = make()
    with caplog.at_level(logging.WARNING, "flagkit"):
        for name in ("bought", "bad", "left", "bad"):
            client.track(name, "alice")
        assert client.flush(10)
    assert intake.names() == ["bought", "left"]
    assert client.status.events == EventCounts(sent=4, accepted=2, rejected=2)
    assert caplog.text.count("no such metric") == 1


BAD: list[dict[str, Any]] = [
    {"value": float("nan")},
    {"value": float("inf")},
    {"value": 10**400},
    {"value": "12"},
    {"value": True},
    {"value": 1j},
    {"name": ""},
    {"name": None},
    {"name": "\ud800"},
    {"user_key": ""},
    {"user_key": None},
    {"user_key": 1.5},
    {"attributes": [1]},
    {"attributes": {"a": {1, 2}}},
    {"attributes": {"a": float("nan")}},
    {"timestamp": datetime(2026, 5, 1)},
    {"timestamp": "2026-05-01"},
    {"event_id": 7},
    {"attributes": {"note": "x" * 40_000}},
]


def test_what_cannot_be_right_is_counted_and_logged_once_and_never_raised(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    client, intake = make()
    with caplog.at_level(logging.WARNING, "flagkit"):
        for each in BAD:
            client.track(**{"name": "bought", "user_key": "alice", **each})
        client.expose("alice", "red")
        client.expose("alice", "red", experiment="a", flag="b")
        client.track("left", 7)
        assert client.flush(10)
    assert intake.names() == ["left"]
    assert client.status.events == EventCounts(sent=1, accepted=1, rejected=len(BAD) + 2)
    assert len([record for record in caplog.records if "events are rejected" in record.message]) == 1


def test_a_full_queue_drops_the_newest_and_counts_them(make: Make) -> None:
    client, intake = make(events_kept=3, events_batch=2)
    intake.is_held.clear()
    for n in range(2):
        client.track("bought", f"user-{n}")
    wait_for(lambda: bool(intake.keys))  # these two are under way
    for n in range(2, 5):
        client.track("bought", f"user-{n}")
    assert (client.status.events.waiting, client.status.events.dropped) == (3, 2)
    intake.is_held.set()
    assert client.flush(10)
    assert [event["user_key"] for event in intake.kept.values()] == ["user-0", "user-1", "user-2"]


def test_a_full_batch_is_sent_without_being_asked_for(make: Make) -> None:
    client, intake = make(events_batch=2)
    client.track("bought", "alice")
    client.track("bought", "bob")
    client.track("bought", "charlie")
    assert client.flush(10)
    assert [len(ids) for ids in intake.batches] == [2, 1]


def test_a_first_event_is_sent_when_its_time_is_over(make: Make) -> None:
    client, intake = make(events_every=0.01)
    client.track("bought", "alice")
    wait_for(lambda: intake.names() == ["bought"])


def test_closing_sends_what_waits_and_takes_nothing_after_it(make: Make) -> None:
    client, intake = make(events_patience=10)
    client.track("bought", "alice")
    client.close()
    client.track("left", "alice")
    assert intake.names() == ["bought"]
    assert client.status.events == EventCounts(sent=1, accepted=1, dropped=1)


def test_with_the_server_away_closing_ends_and_counts_what_is_lost() -> None:
    options = Options(streaming=False, events_patience=0.05)
    client = Client(NOBODY_LISTENS, "fp_server_x", "staging", options=options)
    client.track("bought", "alice")
    assert client.flush(0.05) is False
    client.close()
    assert client.status.events == EventCounts(dropped=1)


def test_a_program_that_ends_without_closing_sends_what_waits() -> None:
    with Intake() as intake:
        run(intake, "client.track('bought', 'alice')")
        assert intake.names() == ["bought"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_after_a_fork_each_process_sends_its_own() -> None:
    with Intake() as intake:
        run(intake, FORKING)
        assert sorted(intake.names()) == ["child", "parent"]
        assert sorted(len(ids) for ids in intake.batches) == [1, 1]


def test_many_threads_lose_nothing(make: Make) -> None:
    client, intake = make(events_batch=50)
    threads = [threading.Thread(target=lambda: [client.track("bought", "alice") for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush(20)
    assert len(intake.kept) == 1600
    assert client.status.events == EventCounts(sent=1600, accepted=1600)


def failing_once(work: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """The same, but that it fails the first time."""
    errors = [error]

    def fail_or_work(*given: Any, **more: Any) -> Any:
        if errors:
            raise errors.pop()
        return work(*given, **more)

    return fail_or_work


FORKING = """
import os
client.track("parent", "alice")
child = os.fork()
if child == 0:
    client.track("child", "alice")
    sys.exit()
os.waitpid(child, 0)
"""
PROGRAM = """
import sys, flagkit
options = flagkit.Options(streaming=False, events_every=60)
client = flagkit.Client(sys.argv[1], "fp_server_x", "staging", options=options)
"""


def run(intake: Intake, lines: str) -> None:
    command = [sys.executable, "-c", PROGRAM + lines, intake.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "dropped" not in done.stderr


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
