"""Each evaluation is counted exactly once, whatever is edited meanwhile and whoever else evaluates."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import flag_document, rule_for_testers, snapshot_of
from evaluation.usage import CROWDED, by_variant
from flagkit.engine import Context

OFF = {"serve": {"variant": "off"}}
SPLIT = {"serve": {"rollout": {"variant": "on", "otherwise": "off", "salt": "s", "ranges": [[0, 50_000]]}}}
BY_MODEL = {"targets": [{"variant": "off", "keys": ["eve"]}], "rules": [rule_for_testers()]}


@pytest.fixture
def fast_switches() -> Iterator[None]:
    """Threads take turns a thousand times as often as they usually do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def store_with(*documents: dict[str, Any]) -> Store:
    store = Store()
    store.replace([snapshot_of(*documents)], confirmed=True)
    return store


def served(store: Store) -> Snapshot:
    snapshot = store.find("", "staging")
    assert snapshot
    return snapshot


def edit(store: Store, **changes: Any) -> None:
    document = flag_document(**changes)
    edited = snapshot_of(document).texts
    store.put(served(store).advanced(served(store).revision + 1, edited))


def taken(store: Store) -> dict[tuple[str, str], int]:
    """Evaluations by flag and variant since the last call."""
    return {(flag, variant): n for (_, flag, variant), n in by_variant(store.usage.take())}


def ask(store: Store, key: str = "checkout", user: str | None = "u", times: int = 1) -> None:
    for _ in range(times):
        served(store).ruleset.evaluate(key, Context(user))


def test_each_evaluation_is_taken_once() -> None:
    store = store_with(flag_document())
    ask(store, times=3)
    assert taken(store) == {("checkout", "on"): 3}
    assert taken(store) == {}
    ask(store)
    assert taken(store) == {("checkout", "on"): 1}


def test_environments_are_counted_apart() -> None:
    store = Store()
    store.replace([snapshot_of(flag_document(), environment=key) for key in ("staging", "production")], confirmed=True)
    ask(store)
    assert [series.environment_id for series in store.usage.take()] == ["id-staging"]


def test_what_was_counted_before_an_edit_is_not_lost() -> None:
    store = store_with(flag_document())
    ask(store, times=2)
    edit(store, **OFF)
    ask(store, times=5)
    assert taken(store) == {("checkout", "on"): 2, ("checkout", "off"): 5}
    assert taken(store) == {}


def test_what_was_counted_before_a_flag_is_removed_is_not_lost() -> None:
    store = store_with(flag_document(), flag_document("other"))
    ask(store)
    store.put(served(store).advanced(8, {("flag", "checkout"): None}))
    assert taken(store) == {("checkout", "on"): 1}


def test_what_was_counted_before_an_environment_is_removed_is_not_lost() -> None:
    store = store_with(flag_document())
    ask(store)
    store.replace([snapshot_of(environment="production")], confirmed=True)
    assert taken(store) == {("checkout", "on"): 1}


def test_a_flag_that_an_edit_leaves_alone_is_not_counted_twice() -> None:
    store = store_with(flag_document(), flag_document("other"))
    ask(store, "other")
    edit(store, **OFF)
    ask(store, "other")
    assert taken(store) == {("other", "on"): 2}
    assert taken(store) == {}


@pytest.mark.parametrize("changes", [{}, SPLIT, BY_MODEL])
def test_a_request_that_still_holds_the_replaced_snapshot_is_counted(changes: dict[str, Any]) -> None:
    store = store_with(flag_document(**changes))
    held = served(store)
    for _ in range(3):
        edit(store, **OFF)
        assert sum(taken(store).values()) == 0
    held.ruleset.evaluate("checkout", Context("u"))
    assert sum(taken(store).values()) == 1
    del held
    assert taken(store) == {}
    assert store.usage._replaced == []


def test_answers_without_a_user_id_are_counted_though_the_flag_has_no_such_outcome_at_first() -> None:
    store = store_with(flag_document(**SPLIT), flag_document("other"))
    held = served(store)
    ask(store, user="u")
    edit(store, key="other", **OFF)
    held.ruleset.evaluate("checkout", Context(None))
    ask(store, user=None)
    assert sum(taken(store).values()) == 3


def test_reasons_are_kept_apart_for_who_watches() -> None:
    store = store_with(flag_document(**SPLIT))
    ask(store, user=None)
    ask(store, user="u")
    totals = store.usage.totals()
    assert {(series.reason.value, n) for series, n in totals.items()} == {("ERROR", 1), ("SPLIT", 1)}


def test_all_flags_at_once_are_counted() -> None:
    store = store_with(flag_document(**SPLIT), flag_document("other", **BY_MODEL))
    for n in range(10):
        served(store).ruleset.evaluate_all(Context(f"u{n}"))
    edit(store, **OFF)
    assert sum(taken(store).values()) == 20


def test_many_edits_between_two_readings_keep_no_more_snapshots_than_few() -> None:
    store = store_with(flag_document())
    for n in range(5 * CROWDED):
        ask(store)
        edit(store, **(OFF if n % 2 else SPLIT))
    assert len(store.usage._replaced) < CROWDED
    assert sum(taken(store).values()) == 5 * CROWDED


def test_what_was_read_is_forgotten_with_its_outcomes() -> None:
    store = store_with(flag_document())
    for n in range(50):
        ask(store)
        edit(store, **(OFF if n % 2 else SPLIT))
        taken(store)
    assert len(store.usage._read) <= 2


@pytest.mark.parametrize("table", ["_flags", "_models"])
def test_a_flag_that_is_compiled_while_an_edit_is_made_is_not_counted_twice(table: str) -> None:
    store = store_with(flag_document(), flag_document("m", **BY_MODEL))
    ruleset = served(store).ruleset

    class Interrupted(dict[str, Any]):
        def copy(self) -> dict[str, Any]:
            found = dict(self)
            ask(store, "m")
            return found

    setattr(ruleset, table, Interrupted(getattr(ruleset, table)))
    edit(store, **OFF)
    del ruleset
    assert sum(taken(store).values()) == 1
    assert taken(store) == {}
    ask(store, "m")
    assert sum(taken(store).values()) == 1


@pytest.mark.parametrize("table", ["_flags", "_models"])
def test_an_edit_that_is_made_while_a_flag_is_compiled_does_not_count_twice(table: str) -> None:
    store = store_with(flag_document(), flag_document("m", **BY_MODEL))

    class Interrupted(dict[str, Any]):
        def setdefault(self, key: str, default: Any = None) -> Any:
            edit(store, **OFF)
            return super().setdefault(key, default)

    setattr(served(store).ruleset, table, Interrupted(getattr(served(store).ruleset, table)))
    ask(store, "m")
    assert sum(taken(store).values()) == 1
    assert taken(store) == {}
    ask(store, "m")
    assert sum(taken(store).values()) == 1


@pytest.mark.parametrize("way", ["evaluate", "evaluate_all", "evaluate_all_json"])
def test_two_threads_ask_while_a_third_edits_and_a_fourth_reads(fast_switches: None, way: str) -> None:
    store = store_with(
        flag_document(), *(flag_document(f"f{n}", **SPLIT) for n in range(5)), flag_document("m", **BY_MODEL)
    )
    keys = list(served(store).ruleset)
    asked, found, over = [0, 0], [0], threading.Event()

    def keep_asking(who: int) -> None:
        while not over.is_set():
            ruleset = (held := served(store)).ruleset
            context = Context(f"u{asked[who]}")
            if way == "evaluate":
                ruleset.evaluate(keys[asked[who] % len(keys)], context)
            else:
                getattr(ruleset, way)(context)
            asked[who] += 1
            del held

    def keep_reading() -> None:
        while not over.is_set():
            counts = taken(store)
            assert all(n > 0 for n in counts.values())
            found[0] += sum(counts.values())

    threads = [threading.Thread(target=keep_asking, args=(who,)) for who in (0, 1)]
    threads.append(threading.Thread(target=keep_reading))
    for thread in threads:
        thread.start()
    for n in range(300):
        edit(store, key=keys[n % len(keys)], **(OFF, SPLIT, BY_MODEL)[n % 3])
    over.set()
    for thread in threads:
        thread.join()
    per_question = 1 if way == "evaluate" else len(keys)
    assert found[0] + sum(taken(store).values()) == sum(asked) * per_question
    assert sum(store.usage.totals().values()) == sum(asked) * per_question
    assert min(asked) > 0
