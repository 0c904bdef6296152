"""An explanation agrees with the answer, names every step, and says what would change it."""

import pytest

from flagkit.engine import Context, compile_ruleset
from flagkit.engine.explaining import answer_of, explain
from flagkit.engine.flipping import changed, smallest_change
from flagkit.tests.documents import NOW, ROLLOUT, about, audience, colors, flag, rule, ruleset

PRO = about("eq", "pro", attribute="plan")
EU = about("in", ["DE", "FR"], attribute="country")
RULED = flag(rules=[rule({"all": [EU, PRO]}, id="eu", name="Europeans on pro", serve=ROLLOUT)])


def told(document, key="alice", *others, **attributes):
    return explain(ruleset(document, *others), document["key"], Context(key, attributes, NOW))


def flipped(document, *others, variant=None, **attributes):
    found = smallest_change(
        ruleset(document, *others), document["key"], Context("alice", attributes, NOW), variant=variant
    )
    return found and (found["set"], found["remove"])


def test_each_condition_stands_with_what_it_wanted_and_what_was_there():
    parts = told(RULED, country="DE", plan="free")["steps"][1]["condition"]["parts"]
    assert [(part["attribute"], part["wanted"], part["actual"], part["holds"]) for part in parts] == [
        ("country", ["DE", "FR"], "DE", True),
        ("plan", "pro", "free", False),
    ]


def test_the_step_that_decided_is_the_last_one():
    assert told(RULED, country="DE", plan="free")["steps"][-1] == {
        "step": "default",
        "decided": True,
        "serve": {"variant": "off"},
    }
    assert told(RULED, country="DE", plan="pro")["steps"][-1]["name"] == "Europeans on pro"


def test_bucket_stands_with_its_ranges():
    trace = told(RULED, country="DE", plan="pro")
    serve = trace["steps"][-1]["serve"]
    assert serve["bucket"] == trace["bucket"]
    assert [(arm["from"], arm["to"], arm["variant"]) for arm in serve["arms"]] == [
        (0, 50_000, "on"),
        (50_000, 100_000, "off"),
    ]
    (served,) = [arm for arm in serve["arms"] if arm["served"]]
    assert served["from"] <= trace["bucket"] < served["to"]


def test_gate_that_held_back_is_shown():
    gate = {"salt": "g", "ranges": [[0, 0]]}
    step = told(flag(rules=[rule(gates=[gate])]))["steps"][1]
    assert (step["decided"], step["gates"][0]["passed"], step["gates"][0]["of"]) == (False, False, 100_000)


def test_rule_whose_time_has_not_come_says_so():
    assert told(flag(rules=[rule(active_from="2030-01-01")]))["steps"][1]["active"] is False


def test_prerequisite_that_is_not_met_ends_the_trace():
    child = flag("child", prerequisites=[{"flag": "checkout", "variants": ["on"]}], rules=[rule()])
    assert told(child, "alice", flag())["steps"][-1] == {
        "step": "prerequisite",
        "flag": "checkout",
        "wanted": {"variants": ["on"]},
        "actual": {"variant": "off", "enabled": False},
        "passed": False,
    }


def test_target_that_decided_is_shown():
    step = told(flag(targets=[{"variant": "on", "keys": ["alice"]}]))["steps"][-1]
    assert step == {"step": "targets", "by": "targeting_key", "actual": "alice", "decided": True}


def test_flag_that_is_off_explains_no_further():
    assert told(flag(enabled=False, rules=[rule()]))["steps"] == [{"step": "on", "passed": False}]


def test_explaining_counts_nothing():
    found = ruleset(RULED)
    explain(found, "checkout", Context("alice"))
    assert sum(outcome.count for outcome in found.outcomes("checkout")) == 0


LOOP = [flag(key, prerequisites=[{"flag": to, "enabled": True}]) for key, to in (("a", "b"), ("b", "a"), ("c", "a"))]
EVERYTHING = [
    RULED,
    *LOOP,
    flag("broken", serve={}),
    colors(rules=[rule(about("gt", 3), serve={"variant": "blue"})]),
    flag("rolled", serve={"rollout": {**ROLLOUT["rollout"], "by": "x"}}),
    flag("gated", rules=[rule(gates=[{"salt": "g", "ranges": [[0, 50_000]]}], on_gate_miss="off")]),
]


@pytest.mark.parametrize("key", ["checkout", "a", "b", "c", "broken", "color", "rolled", "gated", "gone"])
@pytest.mark.parametrize(
    "attributes", [{}, {"country": "DE", "plan": "pro"}, {"x": 5}, {"x": []}, {"x": 10**5000}, None]
)
def test_explanation_and_answer_never_disagree(key, attributes):
    found, _ = compile_ruleset(EVERYTHING)
    for user in ["alice", "bob", None]:
        context = Context(user, attributes, NOW)
        assert explain(found, key, context)["answer"] == answer_of(found.evaluate(key, context))


def test_smallest_change_is_the_fewest_attributes():
    far = rule({"all": [EU, PRO, about("gt", 5)]}, id="far")
    near = rule({"any": [{"all": [EU, PRO]}, about("gte", 18, attribute="age")]}, id="near")
    assert flipped(flag(rules=[far, near])) == ({"age": 18}, [])


def test_change_only_names_what_is_missing():
    assert flipped(flag(rules=[rule({"all": [EU, PRO]})]), country="FR") == ({"plan": "pro"}, [])


def test_attribute_that_is_in_the_way_is_taken_out():
    blocked = rule({"all": [PRO, {"not": about("eq", True, attribute="banned")}]})
    assert flipped(flag(rules=[blocked]), plan="pro", banned=True) == ({}, ["banned"])


def test_change_may_be_asked_for_a_variant():
    rules = [rule(PRO, serve={"variant": "blue"}), rule({"all": [EU, about("eq", 1)]}, serve={"variant": "green"})]
    assert flipped(colors(rules=rules), variant="green") == ({"country": "DE", "x": 1}, [])


def audience_asked(context, *documents):
    """The trace of the one audience that a rule asks about."""
    asking = flag(rules=[rule({"operator": "in_audience", "value": "beta"})])
    trace = explain(compile_ruleset([asking, *documents])[0], "checkout", context)
    [told] = trace["steps"][-2 if trace["steps"][-1]["step"] == "default" else -1]["condition"]["audiences"]
    return told


def test_audience_shows_which_of_its_rules_failed_and_on_what():
    told = audience_asked(Context("bob", {"plan": "free"}), audience(rules=[{"when": PRO}]))
    assert (told["holds"], told["listed"]) == (False, None)
    assert (told["rules"][0]["actual"], told["rules"][0]["holds"]) == ("free", False)


@pytest.mark.parametrize(("key", "listed", "holds"), [("ann", "included", True), ("eve", "excluded", False)])
def test_audience_shows_who_is_in_it_or_out_of_it_by_key(key, listed, holds):
    told = audience_asked(Context(key, {}), audience(included=["ann"], excluded=["eve"]))
    assert (told["listed"], told["holds"]) == (listed, holds)


def test_audience_that_is_not_there_has_nobody():
    assert audience_asked(Context("bob", {}))["holds"] is False


def test_audiences_that_lead_back_to_each_other_are_explained_once():
    asks_itself = audience(rules=[{"when": {"operator": "in_audience", "value": "beta"}}])
    told = audience_asked(Context("bob", {}), asks_itself)
    assert told["rules"][0]["audiences"] == [{"key": "beta", "listed": None, "rules": [], "holds": False}]


def test_change_reaches_into_audiences_and_parents():
    asking = rule({"operator": "in_audience", "value": "beta"})
    assert flipped(flag(rules=[asking]), audience(rules=[{"when": PRO}])) == ({"plan": "pro"}, [])
    child = flag("child", prerequisites=[{"flag": "checkout", "variants": ["on"]}], serve={"variant": "on"})
    assert flipped(child, flag(rules=[rule(PRO)])) == ({"plan": "pro"}, [])


@pytest.mark.parametrize(
    "document", [flag(), flag(enabled=False), flag(rules=[rule(about("eq", "bob", attribute="targeting_key"))])]
)
def test_no_change_is_told_where_the_context_cannot_help(document):
    assert flipped(document) is None


ALPHA = ("eq", "neq", "in", "not_in", "contains", "starts_with", "ends_with", "any_of", "all_of")
NUMBERS = ("gt", "gte", "lt", "lte", "size")
TIMES = ("before", "after")
AGES = ("older_than", "newer_than")
VERSIONS = ("semver_eq", "semver_gt", "semver_gte", "semver_lt", "semver_lte", "semver_range")
OTHERS = [
    ("between", [1, 2]),
    ("modulo", [10, 3]),
    ("semver_range", "^1.2 <1.9"),
    ("in_cidr", "10.0.0.0/8"),
    ("is_type", "array"),
    ("exists", True),
]
OPERATORS = [
    *((name, "a") for name in ALPHA),
    *((name, 5) for name in NUMBERS),
    *((name, "2026-01-01") for name in TIMES),
    *((name, "30d") for name in AGES),
    *((name, "1.2.3") for name in VERSIONS),
    *OTHERS,
]


@pytest.mark.parametrize(("operator", "wanted"), OPERATORS)
def test_change_is_found_for_the_operator(operator, wanted):
    document = flag(rules=[rule(about(operator, wanted))])
    context = Context("alice", {}, NOW)
    found = smallest_change(ruleset(document), "checkout", context)
    assert found is not None
    assert ruleset(document).evaluate("checkout", changed(context, found["set"])).value is True


class Unhashable:
    def __hash__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(("x", "agreed"), [("a", True), ("b", None)])
def test_condition_that_the_decision_never_reaches_cannot_spoil_the_explanation(x, agreed):
    either = {"any": [about("eq", "a"), about("eq", "a", attribute="y")]}
    found, context = ruleset(flag(rules=[rule(either)])), Context("alice", {"x": x, "y": Unhashable()})
    assert explain(found, "checkout", context)["answer"] == answer_of(found.evaluate("checkout", context))
    assert explain(found, "checkout", context)["answer"]["value"] is agreed
