"""A bucket grants a minute's worth at once, then as fast as it fills, and never more."""

import pytest

from evaluation.buckets import LONGEST, Bucket, Buckets

START = 1_000.0


def granted(bucket: Bucket, now: float, *, asked: int = 10_000) -> int:
    return sum(bucket.take(now)[0] for _ in range(asked))


@pytest.mark.parametrize("limit", [1, 3, 7, 59, 60, 61, 600, 9_999])
def test_a_full_bucket_holds_a_minutes_worth(limit: int) -> None:
    assert granted(Bucket(limit, START), START) == limit


@pytest.mark.parametrize("limit", [7, 60, 600, 9_999])
def test_whoever_asks_on_is_granted_the_limit_in_each_minute(limit: int) -> None:
    bucket = Bucket(limit, START)
    granted(bucket, START)
    steps = [START + step / 100 for step in range(1, 6_001)]
    assert sum(granted(bucket, now, asked=200) for now in steps) in (limit - 1, limit)


def test_it_fills_again_and_not_beyond_its_limit() -> None:
    bucket = Bucket(600, START)
    granted(bucket, START)
    assert granted(bucket, START + 1) == 10
    assert granted(bucket, START + 1_000) == 600


def test_asking_while_there_is_nothing_left_delays_nothing() -> None:
    bucket = Bucket(60, START)
    granted(bucket, START, asked=100_000)
    assert granted(bucket, START + 1) == 1


def test_it_says_what_is_left_and_when_it_is_full() -> None:
    bucket = Bucket(600, START)
    assert bucket.take(START) == (True, 599, 1)
    assert [bucket.take(START) for _ in range(599)][-1] == (True, 0, 60)
    assert bucket.take(START) == (False, 0, 60)
    assert bucket.take(START + 30) == (True, 299, 31)


def test_it_says_when_the_next_request_is_granted() -> None:
    bucket = Bucket(6, START)
    granted(bucket, START)
    assert bucket.seconds_to_next(START) == 10
    assert bucket.seconds_to_next(START + 9.9) == 1
    assert not bucket.take(START + 9.9)[0]
    assert bucket.take(START + 10)[0]


def test_a_limit_that_is_changed_keeps_the_share_that_was_used() -> None:
    buckets = Buckets(10)
    granted(buckets.of("alice", 100, START), START, asked=50)
    assert granted(buckets.of("alice", 1_000, START), START) == 500


def test_what_other_processes_granted_is_taken_out() -> None:
    bucket = Bucket(600, START)
    granted(bucket, START, asked=100)
    bucket.learn(40.0, START, told=100)  # of these, 300 are others'
    assert granted(bucket, START) == 200


def test_what_was_granted_while_others_were_told_is_taken_out_too() -> None:
    bucket = Bucket(600, START)
    granted(bucket, START, asked=100)
    told = bucket.spent
    granted(bucket, START, asked=50)
    bucket.learn(10.0, START, told=told)
    assert bucket.spent == 50
    assert granted(bucket, START) == 450


def test_what_was_granted_too_much_is_owed_for_a_minute_at_most() -> None:
    bucket = Bucket(60, START)
    bucket.learn(90.0, START, told=0)
    assert granted(bucket, START + 30) == 0
    assert granted(bucket, START + 31) == 1
    bucket.learn(1e9, START + 31, told=0)
    assert bucket.take(START + 31) == (False, 0, LONGEST)
    assert granted(bucket, START + 31 + 61) == 1


def test_others_can_take_but_not_give() -> None:
    """A Redis that was emptied knows of nothing that was granted before."""
    bucket = Bucket(60, START)
    granted(bucket, START)
    bucket.learn(0.0, START, told=60)
    assert granted(bucket, START) == 0


def test_callers_that_asked_last_are_remembered() -> None:
    buckets = Buckets(2)
    for caller in ("alice", "bob", "alice", "charlie"):
        granted(buckets.of(caller, 60, START), START, asked=1)
    assert len(buckets) == 2
    assert buckets.of("alice", 60, START).spent == 2
    assert buckets.of("bob", 60, START).spent == 0
