"""F20 and C11: a rollout reaches the share that was asked for, and nobody who is in ever leaves as it rises."""

from collections.abc import Iterable
from typing import Any

import pytest

from evaluation.tests.asking import flag_document
from flagkit.engine import Context, Ruleset

USERS = 1_000_000


def rollout(percentage: int, **changes: Any) -> Ruleset:
    """A flag that is on for this share, by a gate with a salt of its own."""
    share = {"salt": "checkout:gate", "ranges": [[0, percentage * 1_000]], "variant": "on", "otherwise": "off"}
    return Ruleset({"checkout": flag_document(serve={"rollout": share}, **changes)})


def in_it(ruleset: Ruleset, users: Iterable[int]) -> bytearray:
    return bytearray(bool(ruleset.evaluate("checkout", Context(f"user-{n}")).value) for n in users)


@pytest.mark.long
def test_f20_of_a_million_users_each_share_is_met_and_nobody_leaves() -> None:
    before = bytearray(USERS)
    for percentage in (10, 20, 50):
        now = in_it(rollout(percentage), range(USERS))
        assert abs(sum(now) / USERS - percentage / 100) <= 0.0015
        left = sum(was and not stays for was, stays in zip(before, now, strict=True))
        assert left == 0
        before = now


UNTOUCHED = {
    "renamed variant values stay": {"variants": [{"key": "off", "value": False}, {"key": "on", "value": True}]},
    "a target for somebody else": {"targets": [{"variant": "off", "keys": ["nobody"]}]},
    "a rule for somebody else": {
        "rules": [
            {"id": "r", "when": {"attribute": "plan", "operator": "eq", "value": "x"}, "serve": {"variant": "off"}}
        ]
    },
}


@pytest.mark.parametrize("edit", UNTOUCHED)
def test_c11_an_edit_that_is_not_about_somebody_moves_nobody(edit: str) -> None:
    users = range(20_000)
    assert in_it(rollout(30, **UNTOUCHED[edit]), users) == in_it(rollout(30), users)
