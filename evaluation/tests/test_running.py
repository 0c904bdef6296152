"""What runs is prepared once, poisons nothing else where it is broken, and stays itself whichever way it came."""

import logging
from typing import Any

import orjson
import pytest

from evaluation.running import Running
from evaluation.snapshot import Snapshot
from evaluation.tests.asking import audience_document, flag_document, snapshot_of
from flagkit import running as running_module
from flagkit.engine import Context, Ruleset
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import about, colors, experiment, holdout, layer

USERS = [Context(f"user-{at}", {"plan": "pro" if at % 2 else "free"}) for at in range(300)]
PRO = {"id": "pro", "conditions": [about("eq", "pro", attribute="plan")]}


def text(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


def running(*documents: dict[str, Any]) -> Running:
    return Running({document["key"]: text(document) for document in documents})


def keys(found: Running | Snapshot, user: Context = USERS[0], flags: Ruleset | None = None) -> list[str]:
    if isinstance(found, Snapshot):
        found, flags = found.running, found.ruleset
    return [orjson.loads(each)["experiment_key"] for each in found.assignments(user, flags or Ruleset())]


def test_nothing_runs_at_first() -> None:
    assert Running().assignments(USERS[0], Ruleset()) == []


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        "null",
        "{}",
        text({**experiment("broken"), "variants": [{"key": "red", "payload": {}}]}),
        text({**experiment("broken"), "variants": "red"}),
        text({**experiment("broken"), "variants": ["red"]}),
        text({**experiment("broken"), "id": None}),
        text({**experiment("broken"), "schema": 9}),
        text({**experiment("broken"), "rules": [{"id": "r", "conditions": [{"operator": "?"}]}]}),
        text({**experiment("broken"), "allocations": [{"variant": "pink", "ranges": [[0, 9_999]]}]}),
        text({**experiment("broken"), "flag": ["color"]}),
        text({**experiment("broken"), "flag": 7}),
    ],
)
def test_an_experiment_that_is_broken_assigns_nobody_and_harms_nothing(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = Running({"a": text(experiment("a")), "broken": broken, "z": text(experiment("z"))})
    with caplog.at_level(logging.WARNING):
        assert keys(found) == ["a", "z"]
    assert found.assignments(USERS[0], Ruleset(), ["broken"]) == []
    assert "experiment broken is left out" in caplog.text


def test_an_audience_that_is_missing_or_broken_keeps_everyone_out() -> None:
    snapshot = snapshot_of(experiment("button", audience="testers"), experiment("other"), audience_document())
    assert keys(snapshot, Context("alice")) == ["button", "other"]
    for gone in (None, "{"):
        assert keys(snapshot.advanced(8, {("audience", "testers"): gone}), Context("alice")) == ["other"]


def test_an_edited_audience_counts_for_experiments_that_did_not_change() -> None:
    before = snapshot_of(experiment("button", audience="testers"), audience_document())
    after = before.advanced(8, {("audience", "testers"): text(audience_document(included=["bob"]))})
    assert [keys(after, Context(user)) for user in ("alice", "bob")] == [[], ["button"]]
    assert [keys(before, Context(user)) for user in ("alice", "bob")] == [["button"], []]


def test_what_runs_is_shared_with_a_snapshot_of_which_only_flags_changed() -> None:
    before = snapshot_of(experiment(), flag_document())
    after = before.advanced(8, {("flag", "checkout"): text(flag_document(enabled=False))})
    assert after.running is before.running


def test_only_what_changed_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot_of(experiment("a"), experiment("b", 10_000), experiment("c"))
    keys(before)
    compiled = []
    compile_experiment = running_module.compile_experiment
    monkeypatch.setattr(
        running_module, "compile_experiment", lambda each: compiled.append(each["key"]) or compile_experiment(each)
    )
    changed = before.advanced(8, {("experiment", "b"): text(experiment("b", 0, 10_000)), ("experiment", "c"): None})
    later = changed.advanced(9, {("audience", "testers"): text(audience_document())})
    assert [orjson.loads(each)["variant_key"] for each in later.running.assignments(USERS[0], later.ruleset)][1:] == [
        "green"
    ]
    assert (keys(later), compiled) == (["a", "b"], ["b"])


def test_an_experiment_that_is_taken_away_assigns_nobody() -> None:
    before = snapshot_of(experiment("a"), experiment("b"))
    assert keys(before.advanced(8, {("experiment", "a"): None})) == ["b"]


def test_of_two_experiments_on_a_flag_only_the_one_that_the_flag_serves_is_assigned() -> None:
    both = [experiment(key, 10_000, flag="color") for key in ("one", "two")]
    snapshot = snapshot_of(*both, colors("color", experiment=rule_of(both[1])))
    assert keys(snapshot) == ["two"]


EVERYTHING = [
    experiment("m"),
    experiment("a", 2_000, 2_000, rules=[PRO]),
    experiment("z", layer=layer(0, 4_999), holdouts=[holdout(buckets=1_000)]),
    experiment("b", algorithm="experiments-murmur3", audience="testers"),
    experiment("on-color", 3_000, flag="color"),
    audience_document(rules=[{"when": about("eq", "pro", attribute="plan")}]),
    colors("color", experiment=rule_of(experiment("on-color", 3_000, flag="color"))),
]


def test_assignments_are_the_same_after_deltas_as_after_a_load_in_full() -> None:
    whole = snapshot_of(*EVERYTHING)
    grown = snapshot_of(revision=0)
    for revision, document in enumerate(reversed(EVERYTHING), 1):
        grown = grown.advanced(revision, {(document.get("kind", "flag"), document["key"]): text(document)})
        grown.running.assignments(USERS[0], grown.ruleset)
    for user in USERS:
        assert whole.running.assignments(user, whole.ruleset) == grown.running.assignments(user, grown.ruleset)


def test_one_by_one_gives_what_all_at_once_gives() -> None:
    whole = snapshot_of(*EVERYTHING)
    everyone = [document["key"] for document in EVERYTHING]
    for user in USERS:
        together = whole.running.assignments(user, whole.ruleset)
        assert whole.running.assignments(user, whole.ruleset, everyone) == together
