"""An Unleash export answers here as Unleash's published client specification says it does there."""

from typing import Any

import pytest

from flagkit.engine import Context, compile_ruleset
from flags.importing.unleash import translate
from flags.importing.unleash_answers import Source
from flags.importing.unleash_deltas import hydrated
from flags.importing.unleash_documents import read
from flags.tests.unleash_suite import (
    CASES_PUBLISHED,
    NOW,
    THERE,
    answer_of,
    cases_of,
    context_of,
    given_of,
    needs_re2,
    specifications,
)


def cases() -> list[Any]:
    return [
        pytest.param(found["state"], kind, case, id=f"{found['name']}-{kind}-{at}")
        for found in specifications()
        for at, (kind, case) in enumerate(cases_of(found))
    ]


@THERE
@pytest.mark.parametrize(("state", "kind", "case"), cases())
def test_case_of_the_specification(state, kind, case):
    needs_re2(state)
    translation = translate(read(state))
    ruleset, problems = compile_ruleset([*translation.flags, *translation.audiences])
    assert problems == []
    outcome = ruleset.evaluate(case["toggleName"], context_of(case["context"]))
    plain = {name: variants.plain for name, variants in translation.variants.items()}
    assert answer_of(outcome, kind, plain) == case["expectedResult"], case["description"]


@THERE
@pytest.mark.parametrize(("state", "kind", "case"), cases())
def test_the_reading_that_imports_are_checked_against_passes_the_specification_too(state, kind, case):
    needs_re2(state)
    enabled, variant = Source(read(state), NOW).answer(case["toggleName"], given_of(case["context"]))
    found = {"name": "disabled", "enabled": False, "feature_enabled": enabled}
    if variant:
        found |= {"name": variant["name"], "payload": variant["payload"], "enabled": True}
    assert (enabled if kind == "tests" else found) == case["expectedResult"], case["description"]


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
