"""A flag may need other flags; what leads back to itself is told and does no harm."""

import pytest

from flagkit.engine import Context, ErrorCode, Reason, compile_ruleset
from flagkit.tests.documents import ROLLOUT, ask, audience, colors, flag, ruleset


def needing(*parents, key="child", **fields):
    wanted = [{"flag": parent, "variants": ["on"]} for parent in parents]
    return flag(key, prerequisites=wanted, serve={"variant": "on"}, **fields)


ON = flag("parent", serve={"variant": "on"})
OFF = flag("parent")


def test_prerequisite_that_is_met_lets_the_flag_answer():
    assert ask(needing("parent"), "alice", ON).value is True


def test_prerequisite_that_is_not_met_turns_the_flag_off():
    answer = ask(needing("parent"), "alice", OFF)
    assert (answer.value, answer.reason, answer.enabled) == (False, Reason.DISABLED, False)
    assert "parent" in answer.detail


@pytest.mark.parametrize("enabled", [True, False])
def test_prerequisite_may_ask_whether_the_parent_is_enabled(enabled):
    child = flag("child", prerequisites=[{"flag": "parent", "enabled": enabled}], serve={"variant": "on"})
    assert ask(child, "alice", ON).value is enabled


def test_parent_that_is_off_has_no_variant_to_meet():
    off = flag("parent", enabled=False, off_variant="on")
    assert ask(needing("parent"), "alice", off).value is False


def test_missing_parent_meets_nothing():
    assert ask(flag("child", prerequisites=[{"flag": "gone", "enabled": False}])).reason is Reason.DISABLED


def test_prerequisites_reach_over_several_levels():
    chain = [needing(f"f{at + 1}", key=f"f{at}") for at in range(20)]
    assert ask(chain[0], "alice", *chain[1:], flag("f20", serve={"variant": "on"})).value is True
    assert ask(chain[0], "alice", *chain[1:], flag("f20")).value is False


def test_prerequisite_sees_the_variant_of_this_subject():
    both = ruleset(needing("parent"), flag("parent", serve=ROLLOUT))
    for at in range(50):
        context = Context(f"user-{at}")
        assert both.evaluate("child", context).value == both.evaluate("parent", context).value


def test_asking_a_parent_is_not_counted_as_its_evaluation():
    both = ruleset(needing("parent"), ON)
    both.evaluate("child", Context("alice"))
    assert sum(outcome.count for outcome in both.outcomes("parent")) == 0


def test_circle_is_a_problem_of_each_flag_on_it_alone():
    documents = [needing("b", key="a"), needing("a", key="b"), needing("a", key="outside"), colors()]
    _, problems = compile_ruleset(documents)
    assert [problem.flag for problem in problems] == ["a", "b"]
    assert problems[0].message == "its prerequisites lead back to itself: a → b → a"


def test_circle_answers_error_on_it_and_off_outside_of_it():
    found, _ = compile_ruleset([needing("b", key="a"), needing("a", key="b"), needing("a", key="outside"), colors()])
    context = Context("alice")
    assert found.evaluate("a", context).error is ErrorCode.PARSE_ERROR
    assert found.evaluate("b", context).error is ErrorCode.PARSE_ERROR
    assert found.evaluate("outside", context).reason is Reason.DISABLED
    assert found.evaluate("color", context).value == "red"


def test_endless_chain_answers_error():
    chain = [needing(f"f{at + 1}", key=f"f{at}") for at in range(500)]
    assert ask(chain[0], "alice", *chain[1:]).error is ErrorCode.GENERAL


def test_audiences_that_lead_back_to_themselves_are_told_and_empty():
    def asking(key, other):
        return audience(key, rules=[{"when": {"operator": "in_audience", "value": other}}])

    found, problems = compile_ruleset([asking("a", "b"), asking("b", "a")])
    assert [problem.flag for problem in problems] == ["a", "b"]
    assert found.in_audience("a", Context("alice")) is False
