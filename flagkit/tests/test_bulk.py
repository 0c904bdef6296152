"""All flags at once answer what each answers by itself, and count the same."""

import json

import pytest

from flagkit.engine import Context, compile_ruleset
from flagkit.engine.experiments import flag_document, rule_of
from flagkit.tests.documents import NOW, ROLLOUT, about, audience, colors, experiment, flag, holdout, layer, rule

THIRDS = {"split": {"salt": "t", "arms": [{"variant": v, "ranges": [[lo, lo + 25_000]]} for v, lo in
          (("red", 0), ("green", 25_000), ("blue", 50_000), ("red", 75_000))]}}  # fmt: skip
HELD_OUT = {"holdouts": [holdout("one", buckets=2_000), holdout("two", buckets=1_000)]}
IN_LAYER = {"layer": {**layer(1_000, 3_999), "ranges": [[1_000, 3_999], [6_000, 8_999]]}}
EXPERIMENTS = [
    experiment("plain"),
    experiment("gaps", 2_000, 3_000),
    experiment("nobody", allocations=[]),
    experiment("ruled", rules=[{"id": "a", "conditions": [about("eq", "a")]}]),
    experiment("held-out", **HELD_OUT),
    experiment("held-out-too", 1_000, 0, 4_000, **HELD_OUT),
    experiment("in-layer", **IN_LAYER, **HELD_OUT),
    experiment("in-layer-for-beta", audience="beta", **IN_LAYER, **HELD_OUT),
    experiment("murmur", 3_000, 3_000, algorithm="experiments-murmur3", **HELD_OUT),
]
BETA = {"operator": "in_audience", "value": "beta"}
DOCUMENTS = [
    audience(rules=[{"when": about("in", ["a", "b"])}]),
    flag("on", serve={"variant": "on"}),
    flag("disabled", enabled=False),
    flag("broken", serve={}),
    flag("rolled", serve=ROLLOUT),
    colors("split", serve=THIRDS),
    *(flag(f"short-{at}", rules=[rule(about("eq", "a"))]) for at in range(3)),
    flag("short-rolled", rules=[rule({"all": [about("eq", "a"), about("eq", "u", attribute="y")]}, serve=ROLLOUT)]),
    colors("short-split", rules=[rule(about("eq", "a"), serve=THIRDS)]),
    *(flag(f"beta-{at}", rules=[rule(BETA)]) for at in range(3)),
    flag("beta-rolled", rules=[rule(BETA, serve=ROLLOUT)]),
    colors("beta-split", rules=[rule(BETA, serve=THIRDS)]),
    flag("gated", rules=[rule(gates=[{"salt": "g", "ranges": [[0, 50_000]]}])]),
    flag("child", prerequisites=[{"flag": "rolled", "variants": ["on"]}], serve={"variant": "on"}),
    flag("targeted", targets=[{"variant": "on", "keys": ["user-1"]}]),
    flag("gated-fixed", rules=[rule(gates=[{"salt": "g", "ranges": [[0, 50_000]]}], on_gate_miss="off")]),
    *(flag_document(each) for each in EXPERIMENTS),
    *(colors(f"color-{each['key']}", experiment=rule_of(each)) for each in EXPERIMENTS),
    *(colors(f"fixed-{each['key']}", experiment=rule_of(each), rules=[rule(serve=THIRDS)]) for each in EXPERIMENTS),
]
CONTEXTS = [
    Context(key, attributes, NOW)
    for key in [*(f"user-{at}" for at in range(30)), None]
    for attributes in ({}, {"x": "a"}, {"x": "b"}, {"x": "a", "y": "u"}, {"x": ["a"]}, {"x": None})
]


def made():
    return compile_ruleset(DOCUMENTS)[0]


@pytest.mark.parametrize("context", CONTEXTS)
def test_all_at_once_are_each_by_itself(context):
    found = made()
    assert found.evaluate_all(context) == {key: found.evaluate(key, context) for key in found}


def test_json_says_the_same_as_the_outcomes():
    found = made()
    for context in CONTEXTS:
        flags = json.loads(found.evaluate_all_json(context))["flags"]
        answers = found.evaluate_all(context)
        assert [each["key"] for each in flags] == list(answers)
        assert [each.get("value") for each in flags] == [a.value if not a.error else None for a in answers.values()]
        assert [each.get("variant") for each in flags] == [a.variant if not a.error else None for a in answers.values()]


@pytest.mark.parametrize("ask", ["evaluate_all", "evaluate_all_json"])
def test_counts_are_those_of_single_evaluations(ask):
    together, alone = made(), made()
    for context in CONTEXTS:
        getattr(together, ask)(context)
        for key in alone:
            alone.evaluate(key, context)
    together.settle()
    for key in alone:
        counts = [[(o.variant, o.detail, o.count) for o in each.outcomes(key)] for each in (together, alone)]
        assert counts[0] == counts[1]


def test_changed_flag_is_planned_anew():
    found = made()
    found.evaluate_all(CONTEXTS[0])
    changed = found.changed({"on": flag("on")})
    assert changed.evaluate_all(CONTEXTS[0])["on"].value is False
    assert found.evaluate_all(CONTEXTS[0])["on"].value is True


def test_answers_belong_to_the_caller():
    found = made()
    found.evaluate_all(CONTEXTS[0]).clear()
    assert len(found.evaluate_all(CONTEXTS[0])) == len(found)


def test_counts_of_what_was_copied_outlive_a_change():
    found = made()
    found.evaluate_all(CONTEXTS[0])
    changed = found.changed({"on": flag("on")})
    assert sum(outcome.count for outcome in changed.outcomes("disabled")) == 1


def test_only_those_that_are_named_are_evaluated_and_counted():
    some = frozenset({"rolled", "beta-0", "child"})
    together, alone = made(), made()
    for context in CONTEXTS:
        asked = sorted(some)
        assert together.render_all(context, repr, some) == [repr(alone.evaluate(key, context)) for key in asked]
    together.settle()
    for key in together:
        counts = [[outcome.count for outcome in each.outcomes(key)] for each in (together, alone)]
        assert counts[0] == counts[1]
