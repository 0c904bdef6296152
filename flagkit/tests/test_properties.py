"""What holds for every flag and every subject."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagkit.engine import Context, compile_ruleset, dump, load
from flagkit.engine.analysing import analyse
from flagkit.engine.domains import contradiction
from flagkit.engine.explaining import answer_of, explain
from flagkit.engine.flipping import changed, smallest_change
from flagkit.tests import chance
from flagkit.tests.documents import colors, flag, rule, ruleset
from flagkit.tests.fuzzing import fuzz

seeds = st.integers(0, 2**64).map(random.Random)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
many = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def made(random_):
    return compile_ruleset(chance.documents(random_))[0]


@many
@given(keys, st.integers(0, 100_000), st.integers(0, 100_000))
def test_nobody_leaves_when_a_percentage_rises(key, one, other):
    low, high = sorted((one, other))
    inside = [
        ruleset(flag(serve={"rollout": {"salt": "s", "ranges": [[0, upto]], "variant": "on", "otherwise": "off"}}))
        .evaluate("checkout", Context(key))
        .value
        for upto in (low, high)
    ]
    assert inside in ([False, False], [False, True], [True, True])


@many
@given(keys, st.permutations(range(4)), st.text(max_size=20))
def test_split_is_stable_under_new_order_names_and_descriptions(key, order, name):
    arms = [
        {"variant": v, "ranges": [[at * 25_000, (at + 1) * 25_000]]}
        for at, v in enumerate(["red", "green", "blue", "red"])
    ]
    splits = [
        rule(
            {"attribute": "x", "operator": "eq", "value": at},
            id=f"r{at}",
            serve={"split": {"salt": f"s{at}", "arms": arms}},
        )
        for at in range(4)
    ]
    edited = [{**splits[at], "id": f"new-{at}", "name": name, "description": name} for at in order]
    before, after = ruleset(colors(rules=splits)), ruleset(colors("renamed", rules=edited))
    for at in range(4):
        context = Context(key, {"x": at})
        assert before.evaluate("color", context).variant == after.evaluate("renamed", context).variant


@many
@given(seeds)
def test_evaluate_explain_and_all_at_once_never_disagree(random_):
    found = made(random_)
    for _ in range(10):
        context = chance.context(random_)
        everything = found.evaluate_all(context)
        for key in found:
            answer = found.evaluate(key, context)
            assert explain(found, key, context)["answer"] == answer_of(answer)
            assert everything[key] == answer
            assert found.answer(key, context) == (answer, found.bucket(key, context))


@many
@given(seeds)
def test_json_round_trip_changes_no_answer(random_):
    documents = chance.documents(random_)
    before = compile_ruleset(documents)[0]
    after = compile_ruleset(json.loads(json.dumps(documents)))[0]
    lazy = load(dump(documents))
    for _ in range(10):
        context = chance.context(random_)
        assert before.evaluate("flag", context) == after.evaluate("flag", context) == lazy.evaluate("flag", context)


@many
@given(seeds)
def test_change_that_is_told_flips_the_answer(random_):
    found = made(random_)
    context = chance.context(random_)
    change = smallest_change(found, "flag", context)
    if change is not None:
        after = changed(context, {**change["set"], **dict.fromkeys(change["remove"])})
        assert (
            found.evaluate("flag", after).variant
            == change["answer"]["variant"]
            != found.evaluate("flag", context).variant
        )


@many
@given(seeds)
def test_contradiction_is_never_told_of_what_can_hold(random_):
    document = chance.condition(random_)
    if contradiction(document):
        found = ruleset(flag(rules=[rule(document)]))
        for _ in range(20):
            assert found.evaluate("checkout", chance.context(random_)).value is False


@many
@given(seeds)
def test_shadowed_rule_never_answers(random_):
    document = chance.flag(random_)
    shadowed = {each.rule for each in analyse(document) if each.code in ("shadowed_rule", "unreachable_rule")}
    found = compile_ruleset([document, chance.audience(random_)])[0]
    for _ in range(20):
        assert found.evaluate("flag", chance.context(random_)).rule not in (shadowed or {""})


@pytest.mark.parametrize("seed", [1, 2])
def test_no_context_raises(seed):
    assert fuzz(5_000, seconds=60, seed=seed) == 5_000
