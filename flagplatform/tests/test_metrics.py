"""Metrics say what this process counted, with no more series than are allowed, and to nobody who may not know."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from evaluation import redis_copy
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.entrance import Entrance
from evaluation.doors.limits import Limits
from evaluation.snapshot import BadSnapshot, from_bytes, to_bytes
from evaluation.store import Store
from evaluation.tests.asking import ask, flag_document, snapshot_of
from evaluation.vitals import Durations, vitals
from experiments.events.counts import counts
from flagplatform.metrics import exposition
from flagplatform.metrics_door import MetricsDoor

STAGING = {"project": "default", "environment": "staging"}


@pytest.fixture
def store() -> Store:
    found = Store()
    flags = [flag_document(key) for key in ("checkout", "search", "banner")]
    found.replace([snapshot_of(*flags), snapshot_of(environment="production", revision=3)], confirmed=True)
    return found


def evaluate(store: Store, key: str = "checkout", times: int = 1) -> None:
    for _ in range(times):
        ask(DecisionDoors(store), f"/evaluate/{key}", {"environment_key": "staging", "user_id": "u"})


def samples(store: Store, name: str, most_flags: int = 1_000) -> list[tuple[dict[str, str], float]]:
    text = exposition(store, "", most_flags=most_flags)[0].decode()
    families = text_string_to_metric_families(text)
    return [(s.labels, s.value) for family in families for s in family.samples if s.name == f"flagplatform_{name}"]


def test_evaluations_by_flag_variant_and_reason(store: Store) -> None:
    evaluate(store, times=3)
    labels = {**STAGING, "flag": "checkout", "variant": "on", "reason": "STATIC"}
    assert samples(store, "evaluations_total") == [(labels, 3)]
    evaluate(store)
    assert samples(store, "evaluations_total") == [(labels, 4)]


def test_counters_go_on_over_an_edit(store: Store) -> None:
    evaluate(store)
    standing = store.find("", "staging")
    assert standing
    store.put(standing.advanced(8, snapshot_of(flag_document(tags=["new"])).texts))
    evaluate(store)
    assert [count for _, count in samples(store, "evaluations_total")] == [2]


def test_what_is_stored_is_still_told(store: Store) -> None:
    evaluate(store)
    store.usage.take()
    assert [count for _, count in samples(store, "evaluations_total")] == [1]


def test_flags_past_the_limit_are_summed_up_and_keep_their_place(store: Store) -> None:
    for key in ("search", "checkout", "banner"):
        evaluate(store, key)
    evaluate(store, "banner", times=9)
    found = {labels["flag"]: count for labels, count in samples(store, "evaluations_total", most_flags=1)}
    assert found == {"search": 1, "_other": 11}


def test_flags_that_do_not_exist_are_counted_without_their_names(store: Store) -> None:
    for n in range(5):
        evaluate(store, f"invented-{n}")
    assert samples(store, "unknown_flags_total") == [(STAGING, 5)]
    assert b"invented" not in exposition(store, "", most_flags=10)[0]


def test_durations_are_counted_in_the_bucket_they_fall_into() -> None:
    durations = Durations()
    for nanoseconds in (1, 4_096, 4_097, 10_000_000, 5_000_000_000):
        durations.note(nanoseconds)
    buckets = dict(durations.buckets())
    assert (buckets[4_096 / 1e9], buckets[8_192 / 1e9], buckets[16_777_216 / 1e9]) == (2, 3, 4)
    assert buckets[float("inf")] == 5
    assert durations.sum == 5_010_008_194


def test_decisions_are_timed(store: Store) -> None:
    evaluate(store, times=4)
    assert samples(store, "decision_seconds_count") == [({}, 4)]
    assert samples(store, "decision_seconds_sum")[0][1] > 0


def test_revision_age_and_source_of_each_environment(store: Store) -> None:
    store.sources["id-production"] = "disk"
    assert {labels["environment"]: n for labels, n in samples(store, "config_revision")} == {
        "staging": 7,
        "production": 3,
    }
    sources = {labels["environment"]: labels["source"] for labels, _ in samples(store, "config_source")}
    assert sources == {"staging": "database", "production": "disk"}
    assert all(0 <= seconds < 60 for _, seconds in samples(store, "config_unconfirmed_seconds"))


def test_what_was_never_confirmed_is_infinitely_old() -> None:
    store = Store()
    store.replace([snapshot_of()], confirmed=False)
    assert samples(store, "config_unconfirmed_seconds") == [(STAGING, float("inf"))]


def test_a_process_without_data_can_be_asked() -> None:
    assert samples(Store(), "ready") == [({}, 0)]


@pytest.fixture
def _rejected() -> Iterator[None]:
    before = vitals.rejected.copy()
    vitals.rejected.clear()
    yield
    vitals.rejected = before


def test_requests_over_a_limit_are_counted_by_whose_it_is(store: Store) -> None:
    doors = DecisionDoors(store, entrance=Entrance(store, Limits(per_address=1)))
    before = {labels["by"]: count for labels, count in samples(store, "rate_limited_total")}
    for _ in range(3):
        ask(doors, "/evaluate/checkout", "environment_key=staging", peer="192.0.2.1")
    after = {labels["by"]: count for labels, count in samples(store, "rate_limited_total")}
    assert after == {"key": before["key"], "address": before["address"] + 2}


@pytest.mark.usefixtures("_rejected")
def test_copies_that_are_not_whole_are_counted_by_what_is_wrong(store: Store, tmp_path: Any) -> None:
    from evaluation.disk_copy import DiskCopy

    whole = to_bytes(snapshot_of(flag_document()))
    for name, data in {"a": whole[:-1], "b": b"nonsense", "c": whole.replace(b'"format":3', b'"format":9')}.items():
        (tmp_path / f"{name}.snapshot").write_bytes(data)
    DiskCopy(tmp_path).load_all()
    found = {(labels["source"], labels["reason"]): n for labels, n in samples(store, "snapshots_rejected_total")}
    assert found == {("disk", "checksum"): 1, ("disk", "form"): 1, ("disk", "format"): 1}


def test_a_bad_copy_says_what_is_wrong_in_one_word() -> None:
    with pytest.raises(BadSnapshot) as caught:
        from_bytes(b"{}\n")
    assert caught.value.reason == "form"


def test_circuit_is_told_where_there_is_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Circuit:
        state = "open"

    monkeypatch.setattr(redis_copy, "circuit", Circuit(), raising=False)
    assert samples(store, "redis_circuit") == [({"state": "open"}, 1)]


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/openmetrics-text; version=1.0.0",
        "text/plain;version=x",
        "application/openmetrics-text;version=x,é",
    ],
)
def test_whatever_form_is_asked_for_there_is_one(store: Store, accept: str) -> None:
    evaluate(store)
    body, content_type = exposition(store, accept, most_flags=10)
    assert b"flagplatform_evaluations_total{" in body
    assert content_type.startswith(("text/plain", "application/openmetrics-text"))


def status(
    store: Store, *, token: str = "", proxied: bool = False, client: Any = ("127.0.0.1", 5), **headers: str
) -> int:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    door = MetricsDoor(store, token=token, most_flags=10, is_behind_proxy=proxied)
    return door.reply({"headers": named, "client": client}).status


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 200),
        ({"client": ("::1", 5)}, 200),
        ({"client": ("10.0.0.7", 5)}, 403),
        ({"client": None}, 403),
        ({"client": ("/run/socket", 0)}, 403),
        ({"x_forwarded_for": "127.0.0.1"}, 403),
        ({"forwarded": "for=127.0.0.1"}, 403),
        ({"proxied": True}, 403),
        ({"token": "secret"}, 401),
        ({"token": "secret", "authorization": "Bearer wrong"}, 401),
        ({"token": "secret", "authorization": "Basic secret"}, 401),
        ({"token": "secret", "authorization": "Bearer é"}, 401),
        ({"token": "secret", "authorization": "bearer secret", "client": ("10.0.0.7", 5)}, 200),
        ({"token": "secret", "authorization": "Bearer secret", "proxied": True}, 200),
    ],
)
def test_who_may_read_them(store: Store, given: dict[str, Any], expected: int) -> None:
    assert status(store, **given) == expected


def test_events_by_what_became_of_them(store: Store) -> None:
    before = {labels["result"]: count for labels, count in samples(store, "events_total")}
    counts.events["accepted"] += 2
    after = {labels["result"]: count for labels, count in samples(store, "events_total")}
    assert after == {**before, "accepted": before["accepted"] + 2}
    assert {labels["reason"] for labels, _ in samples(store, "events_dropped_total")} == {
        "unknown",
        "refused",
        "exposures",
    }
    assert samples(store, "events_waiting") == [({}, counts.waiting)]
