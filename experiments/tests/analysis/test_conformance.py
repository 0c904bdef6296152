"""Every engine gives the sums as they are defined, from the same events in any order and bundling."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from experiments.analysis.digests import digest_of_rows
from experiments.analysis.questions import MetricQuestion, Part, Question
from experiments.analysis.stores import EventStore
from experiments.analysis.summing import sum_up
from experiments.analysis.sums import Sums
from experiments.models import Event, EventPart
from experiments.tests.analysis.happenings import ELSEWHERE, HERE, Did, Happening, Seen, after, put_in, rows_of
from experiments.tests.analysis.slow_sums import slowly_summed

pytestmark = pytest.mark.django_db

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GERMAN = ({"attribute": "country", "operator": "in", "value": ["DE", "AT"]},)
LARGE = (
    {"attribute": "$value", "operator": "gte", "value": 10},
    {"attribute": "plan.tier", "operator": "eq", "value": 2},
)
REVENUE = Part("bought")
METRICS = (
    MetricQuestion("conversion", "binomial", REVENUE, window=2 * DAY, lookback=DAY),
    MetricQuestion("orders", "count", Part("bought", filter=GERMAN), window=2 * DAY),
    MetricQuestion("revenue", "mean", REVENUE, window=2 * DAY, lookback=2 * DAY, cap=0.9),
    MetricQuestion("largest", "mean", Part("bought", "max", LARGE), delay=HOUR, lookback=DAY),
    MetricQuestion("smallest", "mean", Part("bought", "min"), cap=0.5),
    MetricQuestion("typical", "mean", Part("bought", "mean"), lookback=3 * HOUR),
    MetricQuestion("basket", "ratio", REVENUE, Part("visited", "count"), window=3 * DAY, lookback=DAY, cap=0.8),
    MetricQuestion("return", "retention", Part("visited"), delay=DAY, window=2 * DAY),
    MetricQuestion("speed", "quantile", Part("loaded"), quantile=0.5, window=3 * DAY),
)
QUESTION = Question(
    HERE,
    "checkout",
    "button",
    ("control", "green", "blue", "never"),
    begun_at=after(hours=6),
    ended_at=after(days=3, hours=12),
    received_until=after(days=9),
    metrics=METRICS,
    dimensions=("country", "age"),
)
NAMES = ("bought", "visited", "loaded", "loaded", "other")


def some_events(random: Random, users: int = 150) -> list[Happening]:
    """A few days' worth, with midnights, ties, late ones, second variants, other experiments and other places."""
    events: list[Happening] = []
    for number in range(users):
        variant = random.choice(("control", "green", "blue"))
        for _ in range(random.randrange(4)):
            seen = "blue" if random.random() < 0.15 else variant
            events.append(_seen(random, f"user {number}", seen, len(events)))
        events += [_did(random, f"user {number}", len(events) + each) for each in range(random.randrange(9))]
    return events


def _seen(random: Random, user: str, variant: str, number: int) -> Seen:
    about = random.choice(({"experiment": "checkout"}, {"flag": "button"}, {"experiment": "other"}))
    attributes = {
        "country": random.choice(("DE", "AT", None, True, ["DE"])),
        "age": random.choice((1.0, 2.5, *range(30))),
    }
    return Seen(f"seen {number}", _instant(random), user, attributes, _arrival(random), **about, variant=variant)


def _did(random: Random, user: str, number: int) -> Did:
    value = random.choice((None, 0.0, -3.5, round(random.lognormvariate(2, 1), 2)))
    attributes = {"country": random.choice(("DE", "CH", 3)), "plan": {"tier": random.choice((2, 2.0, "2"))}}
    where = {"environment_id": random.choice((HERE,) * 9 + (ELSEWHERE,))}
    name = random.choice(NAMES)
    return Did(f"did {number}", _instant(random), user, attributes, _arrival(random), **where, name=name, value=value)


def _instant(random: Random) -> Any:
    if random.random() < 0.2:
        return after(days=random.randrange(5), microseconds=random.choice((-1, 0)))
    return after(hours=random.randrange(96), minutes=random.choice((0, 7, 30)))


def _arrival(random: Random) -> Any:
    return after(days=random.choice((5, 5, 5, 10)))


def assert_same(found: Sums, expected: Sums) -> None:
    for name in ("units", "units_by_dimension", "set_aside", "exposures", "metric_events"):
        assert getattr(found, name) == getattr(expected, name), name
    assert list(found.metrics) == list(expected.metrics)
    for key, metric in expected.metrics.items():
        _assert_same_metric(found.metrics[key], metric)


def _assert_same_metric(found: Any, expected: Any) -> None:
    assert found.cap == (None if expected.cap is None else pytest.approx(expected.cap, rel=1e-9, abs=1e-12))
    _assert_same_arms(found.quantiles, expected.quantiles)
    assert found.quantiles_by_time.keys() == expected.quantiles_by_time.keys()
    for time, arms in expected.quantiles_by_time.items():
        _assert_same_arms(found.quantiles_by_time[time], arms)
    for kind in ("by_cell", "uncapped"):
        _assert_same_moments(getattr(found, kind), getattr(expected, kind))
    assert found.by_dimension.keys() == expected.by_dimension.keys()
    for name, values in expected.by_dimension.items():
        assert found.by_dimension[name].keys() == values.keys()
        for value, cells in values.items():
            _assert_same_moments(found.by_dimension[name][value], cells)


def _assert_same_arms(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for variant, arm in expected.items():
        assert found[variant].n == arm.n
        assert found[variant].mean == pytest.approx(arm.mean, rel=1e-9)
        assert found[variant].variance == pytest.approx(arm.variance, rel=1e-9)


def _assert_same_moments(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for group, moments in expected.items():
        assert found[group].n == moments.n
        np.testing.assert_allclose(found[group].mean, moments.mean, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found[group].comoment, moments.comoment, rtol=1e-9, atol=1e-9)


Summed = Callable[..., Sums]


@pytest.fixture
def summed(engine_store: EventStore) -> Summed:
    """`summed(question, events)` puts them into an engine's store in a random order and bundling."""

    def summed(question: Question, events: list[Happening], *, seed: int = 0, parts: int = 2) -> Sums:
        random = Random(seed)
        put_in(engine_store, random.sample(events, len(events)), random=random, parts=parts)
        with engine_store.open() as reading:
            return sum_up(question, reading)

    return summed


def test_the_sums_are_those_of_the_definition(summed: Summed) -> None:
    events = some_events(Random(8))
    expected = slowly_summed(QUESTION, events)
    assert expected.set_aside
    assert expected.metrics["revenue"].uncapped
    assert set(expected.metrics["speed"].quantiles) == {"control", "green", "blue"}
    assert expected.units_by_dimension["age"]["other"]
    assert_same(summed(QUESTION, events), expected)


def test_where_the_split_changed_quantiles_are_told_for_each_time(summed: Summed) -> None:
    question = replace(QUESTION, metrics=METRICS[-1:], split_days=(after(days=1).date(), after(days=2).date()))
    events = some_events(Random(12), users=400)
    expected = slowly_summed(question, events)
    assert set(expected.metrics["speed"].quantiles_by_time) == {0, 1, 3}  # no day between, too few values behind
    assert_same(summed(question, events), expected)


def test_a_mean_of_a_billion_with_a_deviation_of_one_comes_out_right(summed: Summed) -> None:
    random = Random(8)
    events: list[Happening] = []
    for user in map(str, range(400)):
        events.append(
            Seen(f"s{user}", after(days=1), user, experiment="checkout", variant=random.choice(("control", "green")))
        )
        events.append(Did(f"d{user}", after(days=1), user, name="bought", value=1e9 + random.gauss(0, 1)))
        events.append(Did(f"p{user}", after(hours=20), user, name="bought", value=1e9 + random.gauss(0, 1)))
    question = replace(QUESTION, metrics=(MetricQuestion("revenue", "mean", REVENUE, lookback=DAY),), dimensions=())
    found = summed(question, events)
    assert_same(found, slowly_summed(question, events))
    assert all(0.7 < moments.covariance[0, 0] < 1.4 for moments in found.metrics["revenue"].by_cell.values())


def test_without_units_there_are_no_cells(summed: Summed) -> None:
    events = [event for event in some_events(Random(10), users=20) if isinstance(event, Did)]
    found = summed(QUESTION, events)
    assert (found.units, found.metrics["revenue"].by_cell) == ({}, {})
    assert_same(found, slowly_summed(QUESTION, events))


def test_without_metrics_units_are_counted(summed: Summed) -> None:
    question = replace(QUESTION, metrics=(), flag=None)
    events = some_events(Random(11), users=30)
    assert_same(summed(question, events), slowly_summed(question, events))


def test_what_is_hot_is_read_beside_what_lies_in_parts(engine_store: EventStore) -> None:
    did = [Did(f"d{n}", after(days=n), "ann", name="bought", value=n, received_at=after(days=n)) for n in range(4)]
    put_in(engine_store, did[:3], random=Random(0))
    hot = {"kind": "metric", "name": "bought", "user_key": "ann", "value": 3, "environment_id": HERE}
    Event.objects.create(event_id="d3", at=did[3].at, day=did[3].day, received_at=did[3].received_at, **hot)
    with engine_store.open() as reading:
        stored = reading.days(HERE, "metrics", now=after(days=9))
        assert [(each.rows, each.is_closed) for each in stored] == [(1, True)] * 3 + [(1, False)]
        assert reading.digest(HERE) == digest_of_rows(rows_of(did, "metrics"), "metrics")
        early = digest_of_rows(rows_of(did[1:2], "metrics"), "metrics")
        assert reading.digest(HERE, (did[1].day, did[3].day), did[1].at) == early
        found = reading.metric_events(HERE, (did[2].day, did[3].day)).order_by("event_id").to_pyarrow()
    assert found["value"].to_pylist() == [2, 3]


def test_what_a_killed_process_wrote_is_not_read_and_goes(engine_store: EventStore) -> None:
    tomorrow = timezone.now() + DAY
    engine_store.sweep(before=tomorrow, named=[])
    (part,) = put_in(engine_store, [Did("d", after(), "ann", name="bought")], random=Random(0))
    EventPart.objects.all().delete()
    with engine_store.open() as reading:
        assert reading.metric_events(HERE).count().to_pyarrow().as_py() == 0
    assert engine_store.sweep(before=tomorrow, named=[part]) == 0
    assert engine_store.sweep(before=tomorrow, named=[]) == 1
