"""A flag asks off, prerequisites, targets, experiment, rules and default in this order, and says which one answered."""

from datetime import timedelta

import pytest

from flagkit.engine import BrokenDocument, Context, Reason, compile_flag
from flagkit.tests.documents import NOW, ROLLOUT, about, ask, colors, flag, rule, ruleset

EVERYONE = rule({"all": []})
TARGET = {"variant": "on", "keys": ["alice"]}
GATE = {"salt": "g", "ranges": [[0, 0]]}


def test_flag_that_is_off_answers_off_before_anything_else():
    answer = ask(flag(enabled=False, targets=[TARGET], rules=[EVERYONE]))
    assert (answer.value, answer.reason, answer.enabled) == (False, Reason.DISABLED, False)


def test_target_comes_before_rules():
    answer = ask(colors(targets=[{"variant": "blue", "keys": ["alice"]}], rules=[rule(serve={"variant": "green"})]))
    assert (answer.value, answer.reason, answer.rule) == ("blue", Reason.TARGETING_MATCH, None)


def test_first_target_that_names_a_subject_has_it():
    answer = ask(colors(targets=[{"variant": v, "keys": ["alice"]} for v in ("green", "blue")]))
    assert answer.variant == "green"


def test_target_may_name_another_attribute():
    targets = [{"variant": "on", "keys": ["acme"], "by": "company"}]
    assert ask(flag(targets=targets), company="acme").value is True
    assert ask(flag(targets=targets), company="other").value is False


def test_first_rule_that_matches_answers():
    rules = [rule(about("eq", "b")), rule(id="r2", serve={"variant": "green"}), rule(id="r3")]
    answer = ask(colors(rules=[{**each, "serve": {"variant": "green"}} for each in rules]), x="a")
    assert (answer.rule, answer.reason, answer.detail) == (
        "r2",
        Reason.TARGETING_MATCH,
        "rule r2 matches, so flag serves green",
    )


def test_default_answers_where_no_rule_matches():
    answer = ask(flag(rules=[rule(about("eq", "a"))]))
    assert (answer.value, answer.reason) == (False, Reason.DEFAULT)


def test_default_is_static_only_where_nothing_could_change_it():
    assert ask(flag()).reason is Reason.STATIC


def test_rule_that_splits_says_split():
    answer = ask(flag(rules=[rule(serve=ROLLOUT)]))
    assert (answer.reason, answer.rule) == (Reason.SPLIT, "r1")
    assert "{bucket}" in answer.detail


def test_experiment_comes_before_rules_and_says_split():
    answer = ask(colors(experiment=rule(id="exp", serve={"variant": "blue"}), rules=[rule(serve={"variant": "green"})]))
    assert (answer.value, answer.reason, answer.rule) == ("blue", Reason.SPLIT, "exp")


def test_seed_writes_conditions_as_a_list_that_all_have_to_hold():
    conditions = [{"attribute": "country", "operator": "in", "value": ["US", "CA"]}, about("eq", "pro")]
    document = flag(rules=[{"conditions": conditions, "serve": {"variant": "on"}}])
    assert ask(document, country="US", x="pro").value is True
    assert ask(document, country="US", x="free").value is False


@pytest.mark.parametrize(("miss", "variant"), [("next", "green"), ("default", "red"), ("off", None)])
def test_subject_that_the_gate_holds_back_goes_where_the_rule_says(miss, variant):
    first = rule(gates=[GATE], on_gate_miss=miss, serve={"variant": "blue"})
    assert ask(colors(rules=[first, rule(serve={"variant": "green"})])).variant == variant


def test_gate_holds_back_who_has_no_id():
    open_gate = {"salt": "g", "ranges": [[0, 100_000]]}
    assert ask(flag(rules=[rule(gates=[open_gate])]), None).value is False
    assert ask(flag(rules=[rule(gates=[{**open_gate, "by": "company"}])]), None, company="acme").value is True


def test_layers_share_a_salt_and_never_overlap():
    first = flag("a", rules=[rule(gates=[{"salt": "layer", "ranges": [[0, 40_000]]}])])
    second = flag("b", rules=[rule(gates=[{"salt": "layer", "ranges": [[40_000, 100_000]]}])])
    both = ruleset(first, second)
    for at in range(200):
        context = Context(f"user-{at}")
        assert both.evaluate("a", context).value != both.evaluate("b", context).value


@pytest.mark.parametrize(
    ("start", "end", "active"),
    [(-1, None, True), (1, None, False), (None, 1, True), (None, 0, False), (0, 1, True), (-2, -1, False)],
)
def test_rule_matches_only_in_its_time(start, end, active):
    times = {
        "active_from": None if start is None else (NOW + timedelta(hours=start)).isoformat(),
        "active_until": None if end is None else (NOW + timedelta(hours=end)).isoformat(),
    }
    assert ask(flag(rules=[rule(**times)])).value is active


def test_rule_with_a_time_does_not_match_without_now():
    document = flag(rules=[rule(active_from="2020-01-01")])
    assert ruleset(document).evaluate("checkout", Context("alice")).value is False


def test_serving_off_looks_like_a_flag_that_is_off():
    answer = ask(colors(rules=[rule(serve={"off": True})]))
    assert (answer.value, answer.enabled, answer.reason) == (None, False, Reason.TARGETING_MATCH)


@pytest.mark.parametrize(
    "broken",
    [
        flag(schema=2),
        flag(type="text"),
        flag(variants=[]),
        flag(enabled="yes"),
        flag(serve={"variant": "purple"}),
        flag(serve={}),
        flag(off_variant="purple"),
        flag(targets=[{"variant": "purple", "keys": []}]),
        flag(targets=[{"variant": "on", "users": []}]),
        flag(rules=[rule(serve={"variant": "purple"})]),
        flag(rules=[rule(gates=[{"salt": "g", "ranges": [[0, 100_001]]}])]),
        flag(rules=[rule(gates=[{"ranges": []}])]),
        flag(rules=[rule(gates=[{**GATE, "algorithm": "crc32"}])]),
        flag(rules=[rule(gates=[{**GATE, "by": [1]}])]),
        flag(rules=[rule(on_gate_miss="fail")]),
        flag(rules=[rule(active_from="soon")]),
        flag(rules=[rule(wen={})]),
        flag(rules=[rule(conditions=[])]),
        flag(rules=["rule"]),
        flag(prerequisites=[{"flag": "parent"}]),
        flag(prerequisites=[{"variants": ["on"]}]),
        flag(serve={"split": {"salt": "s", "arms": [{"variant": "on", "ranges": [[0, 5]]}]}}),
        flag(serve={"split": {"salt": "s", "buckets": 0, "arms": [{"variant": "on", "ranges": [[0, 5]]}]}}),
        flag(serve={"rollout": {"salt": "s", "ranges": [[0, 6], [5, 9]], "variant": "on", "otherwise": "off"}}),
        {**flag(), "variants": None},
        [],
        None,
    ],
)
def test_document_that_cannot_answer_is_refused_with_a_sentence(broken):
    with pytest.raises(BrokenDocument, match=r"\w+ \w+"):
        compile_flag(broken)


def test_holdout_is_a_gate_that_leaves_out_the_same_subjects_everywhere():
    kept = {"salt": "holdout", "ranges": [[5_000, 100_000]]}
    both = ruleset(flag("a", rules=[rule(gates=[kept])]), flag("b", rules=[rule(gates=[kept])]))
    answers = [[both.evaluate(key, Context(f"user-{at}")).value for key in "ab"] for at in range(500)]
    assert all(a == b for a, b in answers)
    assert 0 < sum(not a for a, _ in answers) < 60
