"""Splits, rollouts and gates bucket by any attribute and algorithm; short and long way agree."""

import pytest

from flagkit.engine import Context, ErrorCode, Reason, Ruleset
from flagkit.engine.bucketing import bucket_of, hash_of, seed_of
from flagkit.tests.documents import ROLLOUT, about, ask, colors, flag, rule, ruleset


def split(*edges, **fields):
    arms = zip(("red", "green", "blue"), edges, edges[1:], strict=False)
    return {"split": {"salt": "s", "arms": [{"variant": v, "ranges": [[lo, hi]]} for v, lo, hi in arms], **fields}}


THIRDS = split(0, 33_000, 66_000, 100_000)


def expected(key, edges=(33_000, 66_000, 100_000)):
    bucket = bucket_of(hash_of(key.encode(), seed_of("s")))
    return next(v for v, edge in zip(("red", "green", "blue"), edges, strict=True) if bucket < edge)


@pytest.mark.parametrize("rules", [[], [rule(about("eq", "never"), serve={"variant": "red"})]])
def test_split_serves_the_arm_of_the_bucket(rules):
    found = ruleset(colors(serve=THIRDS, rules=rules))
    for at in range(500):
        assert found.evaluate("color", Context(f"user-{at}")).value == expected(f"user-{at}")


def test_bucket_is_the_one_that_decided():
    found = ruleset(colors(serve=THIRDS))
    assert found.bucket("color", Context("alice")) == bucket_of(hash_of(b"alice", seed_of("s")))


def test_bucket_is_none_where_the_answer_does_not_depend_on_it():
    found = ruleset(flag(), flag("ruled", rules=[rule(about("eq", "a"), serve=ROLLOUT)]))
    assert found.bucket("checkout", Context("alice")) is None
    assert found.bucket("ruled", Context("alice")) is None
    assert found.bucket("ruled", Context("alice", {"x": "a"})) is not None
    assert found.bucket("gone", Context("alice")) is None


def test_subject_without_an_id_gets_an_error_with_the_off_variant():
    answer = ask(flag(serve=ROLLOUT), None)
    assert (answer.value, answer.error) == (False, ErrorCode.TARGETING_KEY_MISSING)


def test_split_may_name_what_it_serves_without_an_id():
    serve = split(0, 50_000, 100_000, without_id="blue")
    assert (ask(colors(serve=serve), None).value, ask(colors(serve=serve), None).reason) == ("blue", Reason.SPLIT)


def test_split_by_an_attribute_ignores_the_targeting_key():
    serve = split(0, 33_000, 66_000, 100_000, by="company")
    assert {ask(colors(serve=serve), f"user-{at}", company="acme").value for at in range(20)} == {expected("acme")}


def test_split_takes_the_first_attribute_that_is_there():
    serve = split(0, 33_000, 66_000, 100_000, by=["company", "targeting_key"])
    assert ask(colors(serve=serve), "alice").value == expected("alice")


@pytest.mark.parametrize(("one", "other"), [(7, "7"), (7.0, "7"), (True, "true"), (1.5, "1.5")])
def test_number_is_bucketed_as_json_writes_it(one, other):
    serve = split(0, 33_000, 66_000, 100_000, by="x")
    assert ask(colors(serve=serve), x=one).value == ask(colors(serve=serve), x=other).value


def test_coarse_buckets_are_unions_of_fine_ones():
    fine = ruleset(colors(serve=split(0, 30_000, 100_000)))
    coarse = ruleset(colors(serve=split(0, 3_000, 10_000, buckets=10_000)))
    for at in range(300):
        context = Context(f"user-{at}")
        assert fine.evaluate("color", context).value == coarse.evaluate("color", context).value
        assert fine.bucket("color", context) // 10 == coarse.bucket("color", context)


def test_other_algorithm_counts_its_own_buckets():
    serve = split(0, 42, 100, algorithm="unleash", salt="checkout")
    assert ask(colors(serve=serve), "user-42").value == "red"  # bucket 42 of 1 to 100, so the last one inside
    assert ask(colors(serve=serve), "2").value == "green"


def test_closed_range_includes_its_end():
    half = {"rollout": {"salt": "checkout", "algorithm": "growthbook-v1", "by": "x", "ranges": [[0, 0.5]]}}
    half["rollout"] |= {"variant": "on", "otherwise": "off"}
    closed = {"rollout": {**half["rollout"], "closed": True}}
    assert ask(flag(serve=half), x="grüße").value is False  # bucket 0.5
    assert ask(flag(serve=closed), x="grüße").value is True


def test_last_arm_has_who_reaches_the_very_end(monkeypatch):
    serve = split(0, 0.5, 1, algorithm="launchdarkly")
    found = ruleset(colors(serve=serve, rules=[rule(about("eq", "a"), serve={"variant": "red"})]))
    monkeypatch.setattr("flagkit.engine.algorithms._sha1", lambda _: "f" * 40)
    assert Ruleset({"color": colors(serve=serve)}).evaluate("color", Context("x")).value == "green"
    assert found.evaluate("color", Context("x")).value == "green"


@pytest.mark.parametrize("percent", [0, 100])
def test_rollout_to_nobody_or_everybody(percent):
    serve = {"rollout": {**ROLLOUT["rollout"], "ranges": [[0, percent * 1000]]}}
    assert {ask(flag(serve=serve), f"user-{at}").value for at in range(50)} == {percent == 100}
