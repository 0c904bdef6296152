"""C4 and C7 in every order of events: what is served never goes back within a history, and is never a mixture."""

import itertools
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Environment, Project
from evaluation import redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.models import Head, Publication
from evaluation.snapshot import Address, BadSnapshot, Snapshot, from_bytes, to_bytes
from evaluation.store import Store
from evaluation.tests.asking import flag_document
from flagkit.engine import Context
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig

PROCESSES = st.integers(0, 1)
_numbers = itertools.count()


class Backup(NamedTuple):
    revision: int
    epoch: int
    is_enabled: bool
    version: int


class Delivery(RuleBasedStateMachine):
    """Two processes follow a database that is edited, backed up and restored, in any order; C4 and C3."""

    @initialize()
    def begin(self) -> None:
        n = next(_numbers)
        project = Project.objects.get(key="default")
        self.environment = Environment.objects.create(project=project, key=f"c4-{n}", name=f"C4 {n}")
        flag = Flag.objects.create(project=project, key=f"c4-{n}", variants=BOOLEAN_VARIANTS)
        self.config = FlagConfig.objects.create(flag=flag, environment=self.environment, is_enabled=True)
        self.folders = [Path(tempfile.mkdtemp(prefix="c4-")) for _ in range(2)]
        self.processes = [Follower(Store(), DiskCopy(folder)) for folder in self.folders]
        self.reached = [(0, 0), (0, 0)]
        self.backups: list[Backup] = []
        self.late: list[Snapshot] = []

    @rule()
    def edit(self) -> None:
        before = self.head().revision
        self.config.is_enabled = not self.config.is_enabled
        self.config.save()
        assert self.head().revision == before + 1

    @rule()
    def back_up(self) -> None:
        head = self.head()
        self.backups.append(Backup(head.revision, head.epoch, self.config.is_enabled, self.config.version))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Past the application, as a restore does."""
        if not self.backups:
            return
        kept = data.draw(st.sampled_from(self.backups))
        self.backups = [each for each in self.backups if each.revision <= kept.revision]
        Publication.objects.filter(environment_id=self.environment.pk, revision__gt=kept.revision).delete()
        Head.objects.filter(pk=self.environment.pk).update(revision=kept.revision, epoch=kept.epoch)
        past_publishing = QuerySet(FlagConfig).filter(pk=self.config.pk)
        past_publishing.update(is_enabled=kept.is_enabled, version=kept.version)
        self.config.refresh_from_db()

    @rule(process=PROCESSES)
    def poll(self, process: int) -> None:
        assert self.processes[process].follow()
        served = self.served(process)
        assert served
        assert served.ruleset.evaluate(self.config.flag.key, Context()).value is self.config.is_enabled
        assert (served.epoch, served.revision) == (self.head().epoch, self.head().revision)
        self.late.append(served)
        DiskCopy(self.folders[process]).keep([served])

    @rule(process=PROCESSES, data=st.data())
    def hear_late(self, process: int, data: st.DataObject) -> None:
        """Somebody hands in a snapshot that was read a while ago."""
        if self.late:
            self.processes[process].store.put(data.draw(st.sampled_from(self.late)))

    @rule(process=PROCESSES)
    def lose_redis(self, process: int) -> None:
        redis_copy.remove(str(self.environment.pk))

    @rule(process=PROCESSES)
    def restart_without_database(self, process: int) -> None:
        """A new process that has nothing but its disk; what it reached before does not bind it."""
        disk = DiskCopy(self.folders[process])
        self.processes[process] = Follower(Store(), disk)
        self.processes[process].store.replace(disk.load_all(), confirmed=False)
        self.reached[process] = (0, 0)

    @invariant()
    def nothing_goes_back(self) -> None:
        for process in range(2):
            served = self.served(process)
            now = (served.epoch, served.revision) if served else (0, 0)
            assert now >= self.reached[process]
            self.reached[process] = now

    @invariant()
    def numbers_have_no_gap(self) -> None:
        rows = Publication.objects.filter(environment_id=self.environment.pk).order_by("revision")
        numbers = list(rows.values_list("revision", flat=True).distinct())
        assert numbers == list(range(1, self.head().revision + 1))

    def teardown(self) -> None:
        Environment.objects.filter(key__startswith="c4-").delete()
        Flag.objects.filter(key__startswith="c4-").delete()
        for folder in self.folders:
            shutil.rmtree(folder)

    def head(self) -> Head:
        return Head.objects.get(environment_id=self.environment.pk)

    def served(self, process: int) -> Snapshot | None:
        return self.processes[process].store.get(str(self.environment.pk))


@pytest.mark.django_db(transaction=True)
def test_c4_what_a_process_serves_never_goes_back_and_is_what_the_database_says() -> None:
    limits = settings(
        max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Delivery, settings=limits)  # type: ignore[no-untyped-call]


def pair_texts(number: int) -> dict[Any, str]:
    """Two flags that say the same number."""
    kept = {
        "type": "number",
        "off_variant": None,
        "variants": [{"key": "n", "value": number}],
        "serve": {"variant": "n"},
    }
    return {("flag", key): orjson.dumps(flag_document(key, **kept)).decode() for key in ("left", "right")}


def numbers_of(snapshot: Snapshot) -> set[Any]:
    return {snapshot.ruleset.evaluate(key, Context("u")).value for key in ("left", "right")}


class Swapping(RuleBasedStateMachine):
    """A store that is offered whole, older, cut and changed snapshots; C7 and C12."""

    @initialize()
    def begin(self) -> None:
        self.store = Store()
        self.snapshots = [Snapshot(Address("e", "default", "staging", "Staging", True)).advanced(1, pair_texts(1))]
        self.store.put(self.snapshots[0])
        self.best = 1

    @rule()
    def publish(self) -> None:
        newest = self.snapshots[-1]
        self.snapshots.append(newest.advanced(newest.revision + 1, pair_texts(newest.revision + 1)))

    @rule(data=st.data(), travels=st.booleans())
    def offer(self, data: st.DataObject, travels: bool) -> None:
        offered = data.draw(st.sampled_from(self.snapshots))
        self.store.put(from_bytes(to_bytes(offered)) if travels else offered)
        self.best = max(self.best, offered.revision)

    @rule(data=st.data())
    def offer_damaged(self, data: st.DataObject) -> None:
        whole = to_bytes(data.draw(st.sampled_from(self.snapshots)))
        end = data.draw(st.integers(0, len(whole) - 1))
        with pytest.raises(BadSnapshot):
            self.store.put(from_bytes(whole[:end]))

    @rule(data=st.data())
    def offer_a_mixture(self, data: st.DataObject) -> None:
        """The first part of one with the rest of another: passes only where it is one of the two after all."""
        one, other = (to_bytes(data.draw(st.sampled_from(self.snapshots))) for _ in range(2))
        at = data.draw(st.integers(0, min(len(one), len(other))))
        mixture = one[:at] + other[at:]
        if mixture in (one, other):
            return
        with pytest.raises(BadSnapshot):
            self.store.put(from_bytes(mixture))

    @rule()
    def offer_nothing(self) -> None:
        self.store.replace([], confirmed=True)

    @invariant()
    def the_best_is_served_and_agrees_with_itself(self) -> None:
        served = self.store.find("", "staging")
        assert served
        assert (served.revision, numbers_of(served)) == (self.best, {self.best})


def test_c7_a_store_serves_the_newest_whole_snapshot_whatever_it_is_offered() -> None:
    limits = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    run_state_machine_as_test(Swapping, settings=limits)  # type: ignore[no-untyped-call]


def test_c7_a_hundred_thousand_evaluations_during_a_thousand_swaps_see_no_mixture() -> None:
    store, stopped = Store(), threading.Event()
    snapshot = Snapshot(Address("e", "default", "staging", "Staging", True)).advanced(1, pair_texts(1))
    store.put(snapshot)
    mixed: list[set[Any]] = []
    asked = [0, 0]

    def read(n: int) -> None:
        while not stopped.is_set():
            found = store.find("", "staging")
            assert found
            numbers = numbers_of(found)
            asked[n] += 2
            if numbers != {found.revision}:
                mixed.append(numbers)

    readers = [threading.Thread(target=read, args=(n,)) for n in range(2)]
    for reader in readers:
        reader.start()
    while sum(asked) < 100_000 or snapshot.revision <= 1_000:
        number = snapshot.revision + 1
        snapshot = snapshot.advanced(number, pair_texts(number))
        store.put(snapshot)
    stopped.set()
    for reader in readers:
        reader.join()
    assert mixed == []
