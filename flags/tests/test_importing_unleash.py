"""An Unleash export answers here as Unleash's published client specification says it does there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flagkit.engine import Context, compile_ruleset
from flags.importing.unleash import translate
from flags.importing.unleash_deltas import hydrated

SUITE = Path(__file__).parents[3] / "shared" / "suites" / "unleash"
CASES_PUBLISHED = 279
THERE = pytest.mark.skipif(not SUITE.exists(), reason=f"Unleash's client specification is not there ({SUITE})")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def specifications():
    names = json.loads((SUITE / "index.json").read_text()) if SUITE.exists() else []
    return [json.loads((SUITE / name).read_text()) for name in names]


def cases():
    return [
        pytest.param(found["state"], kind, case, id=f"{found['name']}-{kind}-{at}")
        for found in specifications()
        for kind in ("tests", "variantTests")
        for at, case in enumerate(found.get(kind, ()))
    ]


def context_of(given):
    """Unleash's context as ours: the user's id is the targeting key, properties stand beside the rest."""
    rest = {name: value for name, value in given.items() if name not in ("userId", "properties")}
    return Context(given.get("userId"), {**given.get("properties", {}), **rest}, NOW)


def variant_of(outcome, translation, state):
    """The outcome in Unleash's words."""
    if not outcome.enabled:
        return {"name": "disabled", "enabled": False, "feature_enabled": False}
    if outcome.variant == translation.plain[outcome.flag]:
        return {"name": "disabled", "enabled": False, "feature_enabled": True}
    kind = "number" if isinstance(outcome.value, (int, float)) else "string"
    payload = {"type": kind, "value": str(outcome.value)}
    return {"name": outcome.variant, "payload": payload, "enabled": True, "feature_enabled": True}


@THERE
@pytest.mark.parametrize(("state", "kind", "case"), cases())
def test_case_of_the_specification(state, kind, case):
    if "REGEX" in json.dumps(state):
        pytest.importorskip("re2", reason="Unleash's regular expressions need google-re2")
    translation = translate(state)
    ruleset, problems = compile_ruleset([*translation.flags, *translation.audiences])
    assert [problem for problem in problems if "back to itself" not in problem.message] == []
    outcome = ruleset.evaluate(case["toggleName"], context_of(case["context"]))
    answer = outcome.enabled if kind == "tests" else variant_of(outcome, translation, state)
    assert answer == case["expectedResult"], case["description"]


@THERE
def test_no_case_is_left_out():
    assert len(cases()) == CASES_PUBLISHED


def payload(kind, value):
    return {"type": kind, "value": value}


def feature(**fields):
    return {"features": [{"name": "f", "enabled": True, "strategies": [], **fields}]}


def answer(export, key="alice", **attributes):
    translation = translate(export)
    ruleset, problems = compile_ruleset([*translation.flags, *translation.audiences])
    assert problems == []
    return ruleset.evaluate("f", Context(key, attributes, NOW))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"strategies": [{"name": "moonPhase"}]}, "strategy moonPhase has no counterpart"),
        ({"strategies": [{"name": "default", "constraints": [{"operator": "SOON", "contextName": "x"}]}]}, "SOON"),
        ({"strategies": [{"name": "gradualRolloutRandom", "parameters": {"percentage": "50"}}]}, "was random"),
        ({"variants": [{"name": "a", "weight": 1, "stickiness": "random"}, {"name": "b", "weight": 1}]}, "were random"),
    ],
)
def test_what_has_no_counterpart_is_told(fields, told):
    notes = translate(feature(**fields)).notes
    assert [note.name for note in notes] == ["f"]
    assert told in notes[0].sentence


def test_strategy_without_a_counterpart_matches_nobody():
    assert answer(feature(strategies=[{"name": "moonPhase"}])).enabled is False


def test_disabled_strategy_is_left_out():
    assert answer(feature(strategies=[{"name": "default", "disabled": True}])).enabled is False


@pytest.mark.parametrize(
    ("payloads", "kind", "values"),
    [
        ([("number", "1"), ("number", "2.5")], "number", [1, 2.5]),
        ([("json", '{"a": 1}'), ("json", "[1]")], "object", [{"a": 1}, [1]]),
        ([("string", "x"), ("csv", "a,b")], "string", ["x", "a,b"]),
        ([("string", "x"), ("number", "1")], "object", [payload("string", "x"), payload("number", "1")]),
        ([("json", "{"), ("json", "[]")], "object", [payload("json", "{"), []]),
        ([("number", "inf"), ("number", "1")], "object", [payload("number", "inf"), payload("number", "1")]),
    ],
)
def test_payloads_decide_the_flags_type(payloads, kind, values):
    variants = [
        {"name": f"v{at}", "weight": 1, "payload": payload(type_, value)} for at, (type_, value) in enumerate(payloads)
    ]
    document = translate(feature(variants=variants)).flags[0]
    assert document["type"] == kind
    assert [variant["value"] for variant in document["variants"]][:2] == values
    assert answer(feature(variants=variants)).variant in ("v0", "v1")


def test_same_name_with_another_payload_gets_another_key():
    strategies = [
        {"name": "default", "variants": [{"name": "a", "weight": 1, "payload": {"type": "string", "value": "1"}}]}
    ]
    variants = [{"name": "a", "weight": 1, "payload": {"type": "string", "value": "2"}}]
    translation = translate(feature(strategies=strategies, variants=variants))
    assert [variant["key"] for variant in translation.flags[0]["variants"]] == ["a", "a-2", "on"]
    assert "called a" in translation.notes[0].sentence


def test_deltas_add_up():
    events = [
        {"type": "hydration", "features": [{"name": "a"}, {"name": "b"}], "segments": [{"id": 1}, {"id": 2}]},
        {"type": "feature-removed", "featureName": "a"},
        {"type": "segment-removed", "segmentId": 1},
        {"type": "feature-updated", "feature": {"name": "c"}},
    ]
    assert hydrated({"events": events}) == {"features": [{"name": "b"}, {"name": "c"}], "segments": [{"id": 2}]}
