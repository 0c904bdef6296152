"""Each decision about an experiment that is on no flag is counted once, and kept by the minute."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment
from evaluation.disk_copy import DiskCopy
from evaluation.doors.asgi import DecisionDoors
from evaluation.following import Follower
from evaluation.models import ExperimentUsage, Usage
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import ask, flag_document, snapshot_of
from evaluation.usage import by_variant
from evaluation.usage_keeping import UsageKeeper
from evaluation.usage_rows import add_experiment_usage, forget, hour_of, roll_up
from experiments.models import Experiment
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import colors, experiment

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = NOON.replace(second=0)


def store_with(*documents: dict[str, Any]) -> Store:
    store = Store()
    store.put(snapshot_of(*documents))
    return store


def served(store: Store) -> Snapshot:
    found = store.find("", "staging")
    assert found
    return found


def decide(store: Store, *users: str, **more: str) -> None:
    for user in users:
        answer = ask(DecisionDoors(store), "/api/decide", {"env": "staging", "user_key": user, **more})
        assert answer.status == 200


def taken(store: Store) -> dict[tuple[str, str], int]:
    """Decisions by experiment and variant since the last call."""
    return {(key, variant): n for (_, key, variant), n in by_variant(store.experiment_usage.take())}


def test_each_decision_is_taken_once() -> None:
    store = store_with(experiment("button", 10_000), experiment("none", 0))
    decide(store, "a", "b", "c")
    assert taken(store) == {("button", "red"): 3, ("none", ""): 3}
    assert taken(store) == {}
    decide(store, "a", experiments="button")
    assert taken(store) == {("button", "red"): 1}


def test_an_edit_in_between_loses_nothing() -> None:
    store = store_with(experiment("button", 10_000), experiment("other", 10_000), flag_document())
    decide(store, "a", "b")
    other, checkout = experiment("other", 0, 10_000), flag_document(enabled=False)
    for document in (other, checkout):
        texts = snapshot_of(document).texts
        store.put(served(store).advanced(served(store).revision + 1, texts))
        decide(store, "c")
    assert taken(store) == {("button", "red"): 4, ("other", "red"): 2, ("other", "green"): 2}


def test_an_experiment_on_a_flag_is_not_counted_here() -> None:
    on_flag = experiment("button", 10_000, flag="color")
    store = store_with(on_flag, colors(experiment=rule_of(on_flag)))
    decide(store, "a")
    assert taken(store) == {}


def test_flags_and_experiments_are_counted_apart() -> None:
    store = store_with(experiment("checkout", 10_000), flag_document())
    decide(store, "a")
    assert store.usage.take() == {}
    assert taken(store) == {("checkout", "red"): 1}


def test_counting_prepares_nothing_that_nobody_asked_for() -> None:
    store = store_with(experiment("button"))
    assert taken(store) == {}
    assert "_compiled" not in vars(served(store).running)


@pytest.mark.django_db(transaction=True)
def test_decisions_are_added_to_their_minute(
    tmp_path: Path, started: Callable[..., Experiment], staging: Environment
) -> None:
    started("button-color")
    follower = Follower(Store(), DiskCopy(tmp_path))
    follower.follow()
    keeper = UsageKeeper(follower.store)
    for n in (40, 2):
        decide(follower.store, *(f"u{at}" for at in range(n)))
        assert keeper.flush(NOON)
    rows = ExperimentUsage.objects.values_list("environment_id", "experiment", "at", "span")
    assert set(rows) == {(staging.pk, "button-color", MINUTE, 60)}
    assert sum(ExperimentUsage.objects.values_list("count", flat=True)) == 42
    assert not Usage.objects.exists()


@pytest.mark.django_db
def test_old_minutes_become_hours_and_old_hours_are_forgotten(staging: Environment) -> None:
    place = (str(staging.pk), "button-color", "control")
    add_experiment_usage({(*place, MINUTE + timedelta(minutes=n)): 2 for n in range(5)})
    assert roll_up(NOON + timedelta(days=60)) == 5
    [row] = ExperimentUsage.objects.all()
    assert (row.span, row.at, row.count) == (3600, hour_of(NOON), 10)
    assert forget(NOON + timedelta(days=5_000)) == 1


@pytest.mark.django_db
def test_the_api_tells_them_by_variant(
    reader: APIClient, started: Callable[..., Experiment], staging: Environment
) -> None:
    found = started("button-color")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    counts = {"control": 5, "treatment": 7, "": 1}
    add_experiment_usage({(str(staging.pk), found.key, variant, now): n for variant, n in counts.items()})
    answer = reader.get(f"/api/experiments/{found.pk}/usage").json()
    assert (answer["experiment_key"], answer["total"]) == ("button-color", 13)
    assert answer["variants"] == [
        {"variant": "treatment", "count": 7},
        {"variant": "control", "count": 5},
        {"variant": None, "count": 1},
    ]
    assert {slot["environment_key"] for slot in answer["data"]} == {"staging"}
    by_key = reader.get("/api/experiments/button-color/usage?environment_key=staging&granularity=minute")
    assert by_key.json()["total"] == 13
    assert reader.get("/api/experiments/nobody/usage?environment_key=staging").status_code == 404
