"""What Prometheus is told of this process: everything is read from memory when it asks, nothing is prepared before."""

import platform
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import django
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from evaluation import redis_copy
from evaluation.snapshot import Address
from evaluation.store import Store
from evaluation.usage import Series
from evaluation.vitals import Vitals, vitals
from experiments.events.counts import counts
from flagplatform.installation import VERSION

OTHER = "_other"  # the name under which further flags are summed up
_PLACE = ["project", "environment"]
_PROCESS: tuple[Collector, ...] = (ProcessCollector(registry=None), GCCollector(registry=CollectorRegistry()))


def exposition(store: Store, accept: str, *, most_flags: int) -> tuple[bytes, str]:
    """The metrics in the form that the Accept header asks for, and its content type."""
    registry = CollectorRegistry()
    for collector in (ServingCollector(store, vitals, most_flags), *_PROCESS):
        registry.register(collector)
    write, content_type = _encoder(accept)
    return write(registry), content_type


class ServingCollector(Collector):
    """The store, its ledger and the vitals as metrics; flags past `most_flags` are summed up as one."""

    def __init__(self, store: Store, counted: Vitals, most_flags: int) -> None:
        self._store = store
        self._vitals = counted
        self._most_flags = most_flags
        self._places = {s.address.id: _place(s.address) for s in store.snapshots()}

    def collect(self) -> Iterator[Metric]:
        versions = {"version": VERSION, "python": platform.python_version(), "django": django.get_version()}
        yield InfoMetricFamily("flagplatform_build", "What runs here.", versions)
        yield self._evaluations()
        yield self._unknown()
        yield self._durations()
        yield from self._configuration()
        yield from self._following()
        yield from self._redis()
        yield from _events()

    def _evaluations(self) -> Metric:
        help_text = "Evaluations that were answered, by what they gave; variant is empty where the default applied."
        labels = [*_PLACE, "flag", "variant", "reason"]
        family = CounterMetricFamily("flagplatform_evaluations", help_text, labels=labels)
        for values, count in self._bounded(self._store.usage.totals()).items():
            family.add_metric(values, count)
        return family

    def _bounded(self, totals: Mapping[Series, int]) -> Mapping[tuple[str, ...], int]:
        """The first flags that were evaluated keep their names: a name that moved would make its counter go back."""
        named: set[tuple[str, str]] = set()
        found: dict[tuple[str, ...], int] = defaultdict(int)
        for (environment_id, flag, variant, reason), count in totals.items():
            place = self._places.get(environment_id)
            if len(named) < self._most_flags:
                named.add((environment_id, flag))
            if place is not None:
                shown = (flag, variant) if (environment_id, flag) in named else (OTHER, "")
                found[*place, *shown, reason.value] += count
        return found

    def _unknown(self) -> Metric:
        help_text = "Questions for flags that do not exist."
        family = CounterMetricFamily("flagplatform_unknown_flags", help_text, labels=_PLACE)
        for environment_id, count in self._store.unknown.totals().items():
            if environment_id in self._places:
                family.add_metric(self._places[environment_id], count)
        return family

    def _durations(self) -> Metric:
        durations = self._store.durations
        seconds = durations.sum / 1e9
        buckets = [("+Inf" if end == float("inf") else repr(end), n) for end, n in durations.buckets()]
        help_text = "Time from a decision request's last byte to its answer, without the network."
        return HistogramMetricFamily("flagplatform_decision_seconds", help_text, buckets=buckets, sum_value=seconds)

    def _configuration(self) -> Iterator[Metric]:
        revision = GaugeMetricFamily("flagplatform_config_revision", "The revision that is served.", labels=_PLACE)
        stale = GaugeMetricFamily(
            "flagplatform_config_unconfirmed_seconds",
            "Time since the database last confirmed what is served; infinite where it never did.",
            labels=_PLACE,
        )
        source = GaugeMetricFamily(
            "flagplatform_config_source", "Where what is served came from.", labels=[*_PLACE, "source"]
        )
        unconfirmed = self._store.unconfirmed_for()
        for snapshot in self._store.snapshots():
            place = _place(snapshot.address)
            revision.add_metric(place, snapshot.revision)
            stale.add_metric(place, unconfirmed)
            source.add_metric([*place, self._store.source(snapshot.address.id)], 1)
        ready = GaugeMetricFamily("flagplatform_ready", "Whether there is data to answer from.", self._store.is_ready)
        yield from (ready, revision, stale, source)

    def _following(self) -> Iterator[Metric]:
        counted = self._vitals
        yield _by_result("flagplatform_polls", "Times that the database was asked for news.", counted.polls)
        yield CounterMetricFamily(
            "flagplatform_announcements", "Changes that Redis announced.", value=counted.announcements
        )
        steps = {"changes": counted.advances, "whole": counted.loads, "new_epoch": counted.epochs}
        yield _by_result("flagplatform_config_steps", "How environments were brought up to date.", steps)
        rejected = CounterMetricFamily(
            "flagplatform_snapshots_rejected", "Copies that were not whole.", labels=["source", "reason"]
        )
        for labels, count in counted.rejected.copy().items():
            rejected.add_metric(labels, count)
        yield rejected
        limited = CounterMetricFamily("flagplatform_rate_limited", "Requests over a limit.", labels=["by"])
        for kind, count in counted.limited.copy().items():
            limited.add_metric([kind], count)
        yield limited
        yield _by_result("flagplatform_usage_flushes", "Times that usage was stored.", counted.flushes)

    def _redis(self) -> Iterator[Metric]:
        help_text = "Whether Redis is asked (closed), left alone (open) or tried (half_open)."
        state = GaugeMetricFamily("flagplatform_redis_circuit", help_text, labels=["state"])
        state.add_metric([redis_copy.circuit.state], 1)
        yield state


def _events() -> Iterator[Metric]:
    yield _by_result("flagplatform_events", "Events that were sent, by what became of them.", counts.events)
    yield CounterMetricFamily(
        "flagplatform_events_spooled", "Events put on disk while the database was away.", value=counts.spooled
    )
    yield CounterMetricFamily("flagplatform_events_drained", "Events brought from disk since.", value=counts.drained)
    dropped = CounterMetricFamily("flagplatform_events_dropped", "Events that are lost.", labels=["reason"])
    for reason, count in counts.dropped.copy().items():
        dropped.add_metric([reason], count)
    yield dropped
    help_text = "Requests told to come again because too much waits."
    yield CounterMetricFamily("flagplatform_events_pushed_back", help_text, value=counts.pushed_back)
    yield _by_result("flagplatform_event_flushes", "Bundles of events that went to the database.", counts.flushes)
    yield GaugeMetricFamily("flagplatform_events_waiting", "Events that wait to be stored.", counts.waiting)


def _encoder(accept: str) -> tuple[Callable[[Collector], bytes], str]:
    """What the header asks for; the library stumbles over a version that is none, and then gets no header."""
    try:
        return choose_encoder(accept)
    except (TypeError, ValueError):
        return choose_encoder("")


def _by_result(name: str, help_text: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=["result"])
    for result, count in dict(counts).items():
        family.add_metric([result], count)
    return family


def _place(address: Address) -> tuple[str, str]:
    return address.project, address.key
