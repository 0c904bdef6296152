"""Usage reaches the database beside the requests; with the database away it waits, bounded, and is added later."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import Environment, Project, User
from evaluation import serving, usage_keeping
from evaluation.disk_copy import DiskCopy
from evaluation.doors.asgi import DecisionDoors
from evaluation.following import Follower
from evaluation.models import LastSeen, UnknownFlag, Usage
from evaluation.store import Store
from evaluation.tests.asking import ask
from evaluation.unknown import MOST, UnknownFlags
from evaluation.usage_keeping import UsageKeeper
from flags.services import create_flag, update_config

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def follower(tmp_path: Path, project: Project, alice: User, staging: Environment) -> Follower:
    """It serves a flag that is on in staging."""
    flag = create_flag(project, by=alice, key="checkout")
    update_config(flag, staging, by=alice, is_enabled=True)
    follower = Follower(Store(), DiskCopy(tmp_path))
    follower.follow()
    return follower


@pytest.fixture
def keeper(follower: Follower) -> UsageKeeper:
    return UsageKeeper(follower.store)


def evaluate(follower: Follower, times: int = 1, key: str = "checkout") -> None:
    for n in range(times):
        ask(DecisionDoors(follower.store), f"/evaluate/{key}", {"environment_key": "staging", "user_id": f"u{n}"})


def stored() -> list[tuple[str, str, datetime, int]]:
    return list(Usage.objects.values_list("flag", "variant", "at", "count"))


class Broken:
    """Takes the place of what writes, as if the database were away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __enter__(self) -> None:
        def away(*_: Any, **__: Any) -> None:
            raise OperationalError("connection refused")

        self._monkeypatch.setattr(usage_keeping, "add_usage", away)

    def __exit__(self, *_: Any) -> None:
        self._monkeypatch.undo()


def test_evaluations_are_added_to_their_minute(follower: Follower, keeper: UsageKeeper, staging: Environment) -> None:
    evaluate(follower, times=3)
    assert keeper.flush(NOON)
    evaluate(follower, times=2)
    assert keeper.flush(NOON + timedelta(seconds=10))
    evaluate(follower)
    assert keeper.flush(NOON + MINUTE)
    minute = NOON.replace(second=0)
    assert stored() == [("checkout", "on", minute, 5), ("checkout", "on", minute + MINUTE, 1)]
    assert {row.environment_id for row in Usage.objects.all()} == {staging.pk}


def test_two_processes_add_to_the_same_minute(follower: Follower, keeper: UsageKeeper, tmp_path: Path) -> None:
    other = Follower(Store(), DiskCopy(tmp_path))
    other.follow()
    evaluate(follower, times=3)
    evaluate(other, times=4)
    assert keeper.flush(NOON)
    assert UsageKeeper(other.store).flush(NOON)
    assert [count for *_, count in stored()] == [7]


def test_a_flag_was_last_seen_when_it_was_last_evaluated(follower: Follower, keeper: UsageKeeper) -> None:
    for at in (NOON, NOON + MINUTE):
        evaluate(follower)
        keeper.flush(at)
    keeper.flush(NOON + 9 * MINUTE)
    assert LastSeen.objects.get().at == NOON + MINUTE


def test_an_older_word_does_not_take_back_when_a_flag_was_seen(follower: Follower, keeper: UsageKeeper) -> None:
    for at in (NOON, NOON - MINUTE):
        evaluate(follower)
        keeper.flush(at)
    assert LastSeen.objects.get().at == NOON


def test_with_the_database_away_counts_wait_and_keep_their_minute(
    follower: Follower, keeper: UsageKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Broken(monkeypatch):
        for n in range(3):
            evaluate(follower, times=2)
            assert not keeper.flush(NOON + n * MINUTE)
    evaluate(follower)
    assert keeper.flush(NOON + 3 * MINUTE)
    assert [count for *_, count in stored()] == [2, 2, 2, 1]


def test_a_flush_that_fails_half_way_leaves_nothing_behind(
    follower: Follower, keeper: UsageKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("connection lost")

    monkeypatch.setattr(usage_keeping, "add_unknown", away)
    evaluate(follower)
    assert not keeper.flush(NOON)
    assert stored() == []
    monkeypatch.undo()
    assert keeper.flush(NOON)
    assert [count for *_, count in stored()] == [1]


def test_what_waits_is_bounded_and_nothing_is_left_out(
    follower: Follower, keeper: UsageKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_keeping, "MOST", 5)
    with monkeypatch.context() as during, Broken(during):
        for n in range(300):
            evaluate(follower)
            keeper.flush(NOON + n * MINUTE)
            assert len(keeper._counts) <= 5 + 1
    assert keeper.flush(NOON + 300 * MINUTE)
    assert sum(count for *_, count in stored()) == 300


def test_nothing_new_writes_nothing(keeper: UsageKeeper, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert keeper.flush(NOON)


def test_flags_that_do_not_exist_are_kept_with_how_often_and_when(
    follower: Follower, keeper: UsageKeeper, staging: Environment
) -> None:
    evaluate(follower, times=2, key="chekcout")
    keeper.flush(NOON)
    evaluate(follower, key="chekcout")
    keeper.flush(NOON + MINUTE)
    found = UnknownFlag.objects.get()
    assert (found.environment_id, found.flag, found.count) == (staging.pk, "chekcout", 3)
    assert (found.first_seen_at, found.last_seen_at) == (NOON, NOON + MINUTE)


@pytest.mark.parametrize("key", ["a%00b", "x" * 101, "%0A"])
def test_names_that_no_flag_could_have_do_not_stop_the_rest(follower: Follower, keeper: UsageKeeper, key: str) -> None:
    evaluate(follower, key=key)
    evaluate(follower, key="chekcout")
    evaluate(follower)
    assert keeper.flush(NOON)
    assert [found.flag for found in UnknownFlag.objects.all()] == ["chekcout"]
    assert len(stored()) == 1


def test_the_names_that_were_asked_for_last_are_kept(follower: Follower, keeper: UsageKeeper) -> None:
    for at, prefix in ((NOON, "old"), (NOON + MINUTE, "new")):
        for n in range(MOST - 50):
            follower.store.unknown.note(follower.store.snapshots()[0].address.id, f"{prefix}-{n}")
        keeper.flush(at)
    assert UnknownFlag.objects.count() == MOST
    assert UnknownFlag.objects.filter(flag__startswith="new").count() == MOST - 50


def test_invented_names_are_not_remembered_without_end() -> None:
    unknown = UnknownFlags()
    for n in range(3 * MOST):
        unknown.note("staging", f"name-{n}")
    assert len(unknown.take()["staging"]) == MOST
    assert unknown.totals() == {"staging": 3 * MOST}


def test_what_was_counted_is_stored_before_the_process_ends(settings: Any, tmp_path: Path, follower: Follower) -> None:
    settings.SNAPSHOT_DIR = tmp_path
    serving.start()
    try:
        query = {"environment_key": "staging", "user_id": "u"}
        assert ask(DecisionDoors(serving.store), "/evaluate/checkout", query).status == 200
    finally:
        serving.stop()
    assert [count for *_, count in stored()] == [1]
