"""What cannot be meant is told with a code and a sentence; what can be meant is left alone."""

import pytest

from flagkit.engine.analysing import analyse
from flagkit.tests.documents import COLORS, NOW, ROLLOUT, about, audience, colors, flag, rule

US, EU = about("eq", "US", attribute="country"), about("in", ["DE", "FR"], attribute="country")
PRO = about("eq", "pro", attribute="plan")


def codes(document, **beside):
    return [(warning.code, warning.rule) for warning in analyse(document, **beside)]


def ruled(*conditions):
    return flag(rules=[rule(condition, id=f"r{at}") for at, condition in enumerate(conditions, 1)])


@pytest.mark.parametrize(
    "document",
    [
        flag(),
        ruled(US, EU, PRO),
        ruled({"all": [US, PRO]}, US),
        ruled({"any": [US, EU]}, PRO, {"all": []}),
        ruled(about("gt", 5), about("gt", 1)),
        ruled({"all": [about("gte", 5), about("lte", 5)]}),
        ruled({"all": [about("neq", "a"), about("exists", True)]}),
        ruled({"all": [about("eq", "a", negate=True), about("exists", False)]}),
        ruled({"all": [about("eq", 1), about("neq", True)]}),
        flag(serve=ROLLOUT),
    ],
)
def test_flag_that_makes_sense_has_no_warning(document):
    assert analyse(document, audiences={}, flags={}, seen_attributes={"country", "plan", "x"}, now=NOW) == []


def test_rules_behind_one_for_everyone_are_unreachable():
    assert codes(ruled({"all": []}, US)) == [("unreachable_rule", "r2")]


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (US, US),
        (EU, about("eq", "FR", attribute="country")),
        (US, {"all": [PRO, US]}),
        (about("gt", 1), about("gt", 5)),
        (about("lte", 9), about("between", [1, 9])),
        (about("exists", True), about("contains", "a")),
        ({"any": [US, PRO]}, {"all": [EU, {"any": [US, PRO]}]}),
    ],
)
def test_rule_whose_subjects_an_earlier_one_takes_is_shadowed(wide, narrow):
    assert codes(ruled(wide, narrow)) == [("shadowed_rule", "r2")]


@pytest.mark.parametrize(
    "fields",
    [{"gates": [{"salt": "g", "ranges": [[0, 9]]}]}, {"active_from": "2020-01-01"}, {"active_until": "2030-01-01"}],
)
def test_rule_that_lets_some_pass_shadows_nobody(fields):
    assert codes(flag(rules=[rule(US, **fields), rule(US, id="r2")])) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [US, about("eq", "FR", attribute="country")]},
        {"all": [about("gt", 5), about("lt", 5)]},
        {"all": [about("gte", 5), about("lt", 5)]},
        {"all": [about("in", [1, 2]), about("gt", 2)]},
        {"all": [about("eq", "a"), about("neq", "a")]},
        {"all": [about("eq", "a"), about("in", ["a", "b"], negate=True)]},
        {"all": [about("exists", False), about("contains", "a")]},
        {"all": [about("eq", 1), about("eq", True)]},
        {"all": [PRO, {"not": PRO}]},
        {"any": []},
        {"all": [PRO, {"any": [{"all": [about("gt", 5), about("lt", 1)]}]}]},
    ],
)
def test_condition_that_nobody_can_meet_is_told(condition):
    assert codes(ruled(condition)) == [("contradiction", "r1")]


def test_audience_that_is_missing_or_empty_is_told():
    asked = ruled({"operator": "in_audience", "value": ["gone", "empty", "full"]})
    beside = {"empty": audience("empty", excluded=["eve"]), "full": audience("full", included=["alice"])}
    assert codes(asked, audiences=beside) == [("unknown_audience", "r1"), ("empty_audience", "r1")]


@pytest.mark.parametrize(
    ("entry", "parent"),
    [
        ({"flag": "parent", "enabled": True}, None),
        ({"flag": "parent", "variants": ["purple"]}, colors("parent")),
        ({"flag": "parent", "variants": ["red"]}, colors("parent", enabled=False)),
        ({"flag": "parent", "enabled": True}, flag("parent", enabled=False)),
        ({"flag": "parent", "variants": ["blue"]}, colors("parent")),
    ],
)
def test_prerequisite_that_can_never_be_met_is_told(entry, parent):
    beside = {"parent": parent} if parent else {}
    assert codes(flag(prerequisites=[entry]), flags=beside) == [("impossible_prerequisite", None)]


@pytest.mark.parametrize(
    "parent", [colors("parent"), colors("parent", rules=[rule(serve={"variant": "blue"})], serve={"variant": "green"})]
)
def test_prerequisite_that_may_be_met_is_not(parent):
    assert codes(flag(prerequisites=[{"flag": "parent", "variants": ["red", "blue"]}]), flags={"parent": parent}) == []


def test_prerequisites_that_lead_back_are_told():
    child = flag("child", prerequisites=[{"flag": "parent", "enabled": True}])
    parent = flag("parent", prerequisites=[{"flag": "child", "enabled": True}])
    (warning,) = analyse(child, flags={"parent": parent})
    assert (warning.code, warning.sentence) == (
        "circular_prerequisites",
        "Prerequisites lead back to the flag itself: child → parent → child.",
    )


def test_split_that_does_not_sum_is_told_with_its_share():
    arms = [{"variant": each["key"], "ranges": [[at * 30_000, (at + 1) * 30_000]]} for at, each in enumerate(COLORS)]
    (warning,) = analyse(colors(rules=[rule(serve={"split": {"salt": "s", "arms": arms}})]))
    assert (warning.code, warning.rule) == ("split_sum", "r1")
    assert "makes up 90 %" in warning.sentence


def test_attribute_that_no_context_had_is_told_once():
    document = ruled(
        about("eq", "a", attribute="contry"), about("eq", "b", attribute="contry"), about("eq", 1, attribute="plan.x")
    )
    assert codes(document, seen_attributes=["country", "plan"]) == [("unknown_attribute", "r1")]


def test_attribute_behind_an_audience_is_told():
    beside = {"beta": audience(rules=[{"when": about("eq", "a", attribute="contry")}])}
    asked = ruled({"operator": "in_audience", "value": "beta"})
    assert codes(asked, audiences=beside, seen_attributes=[]) == [("unknown_attribute", "r1")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"active_from": "2027-01-02", "active_until": "2027-01-01"}, "never_active"),
        ({"active_until": "2026-01-01"}, "expired"),
        ({"gates": [{"salt": "g", "ranges": [[5, 5]]}]}, "closed_gate"),
    ],
)
def test_rule_that_has_no_time_or_no_share_is_told(fields, code):
    assert codes(flag(rules=[rule(US, **fields)]), now=NOW) == [(code, "r1")]


@pytest.mark.parametrize("document", [None, [], {}, flag(serve={}), flag(rules=["x"]), flag(rules=None)])
def test_broken_document_has_one_warning(document):
    assert codes(document) == [("broken", None)]


def test_every_sentence_ends_and_says_what_it_is_about():
    document = flag(rules=[rule({"any": []}, active_until="2020-01-01"), rule({"any": []}, id="r2")])
    for warning in analyse(document, now=NOW):
        assert warning.sentence[0].isupper()
        assert warning.sentence.endswith(".")
