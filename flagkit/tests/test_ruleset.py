"""A ruleset answers for every key, shares what did not change, and never lets one flag harm another."""

import pytest

from flagkit.engine import Context, ErrorCode, Reason, Ruleset, broken_flag, compile_flag, compile_ruleset, dump, load
from flagkit.tests.documents import ROLLOUT, about, audience, colors, flag, rule, ruleset

ALICE = Context("alice", {"x": "a"})
SHORT = flag("short", rules=[rule(about("eq", "a"), serve=ROLLOUT)])
LONG = flag("long", rules=[rule(about("gt", 1)), rule(about("eq", "a"))])


def test_unknown_flag_is_not_found():
    answer = ruleset(flag()).evaluate("gone", ALICE)
    assert (answer.error, answer.reason, answer.value) == (ErrorCode.FLAG_NOT_FOUND, Reason.ERROR, None)


def test_broken_flag_answers_error_and_leaves_the_others_untouched():
    found, problems = compile_ruleset([flag(serve={}), colors()])
    assert found.evaluate("checkout", ALICE).error is ErrorCode.PARSE_ERROR
    assert found.evaluate("color", ALICE).value == "red"
    assert [(problem.flag, problem.message) for problem in problems] == [
        ("checkout", "serve is one of variant, off, rollout or split")
    ]


def test_a_constant_answer_is_the_one_for_every_context_and_counted_as_one():
    found = Ruleset({document["key"]: document for document in (flag(serve={"variant": "on"}), LONG)})
    assert (found.constant("checkout"), found.constant("gone")) == (None, None)  # never asked for, never there
    answer = found.evaluate("checkout", ALICE)
    assert found.constant("checkout") is answer
    assert answer.count == 2
    found.evaluate("long", ALICE)
    assert found.constant("long") is None


def test_broken_audience_is_a_problem_and_has_nobody_in_it():
    found, problems = compile_ruleset([audience(rules=[{"when": {}}])])
    assert [problem.flag for problem in problems] == ["beta"]
    assert not found.in_audience("beta", ALICE)


@pytest.mark.parametrize("document", [None, 5, [], "x"])
def test_what_is_no_document_at_all_is_a_problem(document):
    found, problems = compile_ruleset([document])
    assert len(problems) == 1
    assert found.evaluate("?", ALICE).error is ErrorCode.PARSE_ERROR


def test_changed_ruleset_leaves_the_old_one_as_it_was():
    old = ruleset(flag(), colors())
    new = old.changed({"checkout": compile_flag(flag(serve={"variant": "on"}))}, ["color"])
    assert (old.evaluate("checkout", ALICE).value, new.evaluate("checkout", ALICE).value) == (False, True)
    assert ("color" in old, "color" in new, len(new)) == (True, False, 1)


def test_changed_ruleset_shares_the_outcomes_of_what_did_not_change():
    old = ruleset(SHORT, LONG, flag())
    new = old.changed({"checkout": broken_flag("checkout", "why")})
    assert new.evaluate("short", ALICE) is old.evaluate("short", ALICE)
    assert new.evaluate("long", ALICE) is old.evaluate("long", ALICE)


def test_changed_audience_changes_who_matches():
    asking = flag(rules=[rule({"operator": "in_audience", "value": "beta"})])
    old = ruleset(asking)
    new = old.changed({}, audiences=dict(ruleset(audience(included=["alice"])).audiences))
    assert (old.evaluate("checkout", ALICE).value, new.evaluate("checkout", ALICE).value) == (False, True)
    assert new.changed({}, audiences={"beta": None}).evaluate("checkout", ALICE).value is False


@pytest.mark.parametrize("document", [SHORT, LONG, colors(), flag(enabled=False)])
def test_every_answer_is_one_of_the_flags_outcomes(document):
    found = ruleset(document)
    outcomes = {id(outcome) for outcome in found.outcomes(document["key"])}
    for key, attributes in [
        ("alice", {"x": "a"}),
        ("bob", {"x": "a"}),
        (None, {"x": "a"}),
        ("eve", {}),
        ("eve", {"x": 2}),
    ]:
        assert id(found.evaluate(document["key"], Context(key, attributes))) in outcomes


@pytest.mark.parametrize("document", [SHORT, LONG, colors()])
def test_answers_are_counted_on_their_outcome(document):
    found = ruleset(document)
    for at in range(100):
        found.evaluate(document["key"], Context(f"user-{at}" if at else None, {"x": "a"}))
    assert sum(outcome.count for outcome in found.outcomes(document["key"])) == 100


@pytest.mark.parametrize("document", [SHORT, LONG, colors(), flag(), flag(serve=ROLLOUT)])
def test_answers_with_their_bucket_are_counted_the_same(document):
    found = ruleset(document)
    for at in range(100):
        found.answer(document["key"], Context(f"user-{at}" if at else None, {"x": "a"}))
    assert sum(outcome.count for outcome in found.outcomes(document["key"])) == 100


@pytest.mark.parametrize("buckets", [10_000, 100_000, 7])
def test_bucket_beside_an_answer_is_counted_as_the_document_says(buckets):
    split = {"salt": "s", "buckets": buckets, "arms": [{"variant": "red", "ranges": [[0, buckets]]}]}
    found = load(dump([colors(serve={"split": split})]))
    told = {found.answer("color", Context(f"user-{at}"))[1] for at in range(200)}
    assert told == {found.bucket("color", Context(f"user-{at}")) for at in range(200)}
    assert max(told) < buckets


def test_count_is_no_part_of_an_answer():
    one, other = ruleset(flag()).evaluate("checkout", ALICE), ruleset(flag()).evaluate("checkout", ALICE)
    other.count += 5
    assert one == other


class Hostile:
    def __eq__(self, other):
        raise RuntimeError("no")

    def __hash__(self):
        raise RuntimeError("no")


HOSTILE = [Hostile(), [], {}, {"a": []}, object(), float("nan"), 10**5000, b"\xff", "\ud800"]


@pytest.mark.parametrize(
    "document", [SHORT, LONG, flag("rolled", serve={"rollout": {**ROLLOUT["rollout"], "by": "x"}})]
)
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_no_value_raises(document, value):
    found = ruleset(document)
    assert found.evaluate(document["key"], Context("alice", {"x": value})).flag == document["key"]


@pytest.mark.parametrize("context", [None, 5, Context("alice", None), Context("alice", [1])])
@pytest.mark.parametrize("key", ["short", "long", "gone", None, []])
def test_nothing_that_a_caller_hands_in_raises(key, context):
    assert ruleset(SHORT, LONG).evaluate(key, context).flag == str(key)


def test_text_is_compiled_at_first_use():
    found = load(dump([flag(), SHORT, LONG, audience(), colors('quo"te')]))
    assert (len(found), set(found.audiences)) == (4, {"beta"})
    assert found.evaluate("short", ALICE) == ruleset(SHORT).evaluate("short", ALICE)
    assert found.evaluate("long", ALICE) == ruleset(LONG).evaluate("long", ALICE)
    assert found.evaluate('quo"te', ALICE).value == "red"


@pytest.mark.parametrize("text", ["{", "[]", '{"key": "checkout"}', "\ud800", "1" * 5000])
def test_broken_text_answers_error_at_first_use(text):
    found = Ruleset({"checkout": text, "color": colors()})
    assert found.evaluate("checkout", ALICE).error is ErrorCode.PARSE_ERROR
    assert set(found.broken()) == {"checkout"}


def test_one_changed_flag_of_many_compiles_alone():
    documents = [flag(f"f{at}", rules=[rule(about("gt", at))]) for at in range(50)]
    old = ruleset(*documents)
    new = old.changed({"f7": flag("f7")})
    assert all(new.model(f"f{at}") is old.model(f"f{at}") for at in range(50) if at != 7)
