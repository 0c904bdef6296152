"""What rules, conditions, targets and prerequisites do, in words."""

from typing import Any

import pytest

from flagkit.engine.operators import OPERATORS
from flags.condition_wording import _PHRASES, condition_words
from flags.rule_wording import prerequisite_sentence, rule_sentence, target_sentence

COUNTRY = {"attribute": "country", "operator": "in", "value": ["US", "CA"]}
PLAN = {"attribute": "plan", "operator": "eq", "value": "pro"}
BETA = {"operator": "in_audience", "value": "beta"}
OLD = {"attribute": "age", "operator": "gte", "value": 18}
ON = {"variant": "on"}
ADULT = "age is at least 18"
LAYER = {"salt": "layer-1", "ranges": [[0, 20_000]]}
ROLLOUT = {"salt": "s", "ranges": [[0, 30_000]], "variant": "on", "otherwise": "off"}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (COUNTRY, "country is one of US, CA"),
        ({"all": [COUNTRY, PLAN]}, "country is one of US, CA and plan is pro"),
        ({"all": [OLD, {"any": [PLAN, BETA]}]}, "age is at least 18 and (plan is pro or the user is in audience beta)"),
        ({"all": [{"any": [PLAN, BETA]}]}, "plan is pro or the user is in audience beta"),
        ({"none": [PLAN, BETA]}, "not (plan is pro or the user is in audience beta)"),
        ({"not": PLAN}, "not (plan is pro)"),
        ({"not": {"all": [COUNTRY, PLAN]}}, "not (country is one of US, CA and plan is pro)"),
        ({"all": [{"not": PLAN}, {"not": BETA}]}, "not (plan is pro) and not (the user is in audience beta)"),
        ({"not": {"any": [{"all": [PLAN, OLD]}, OLD]}}, f"not ((plan is pro and {ADULT}) or {ADULT})"),
        ({"all": []}, "everyone"),
        ({"any": []}, "nobody"),
        ({**PLAN, "negate": True}, "plan is not pro (or missing)"),
        ({**BETA, "negate": True}, "the user is not in audience beta"),
        ({**PLAN, "operator": "exists", "value": False}, "plan is missing"),
        ({"attribute": "plan", "operator": "exists", "negate": True}, "plan is missing"),
        ({**COUNTRY, "operator": "notIn"}, "country is other than US, CA"),
        ({**COUNTRY, "operator": "eq"}, "country is one of US, CA"),
        ({**PLAN, "value": "3"}, "plan is “3”"),
        ({**PLAN, "value": 3}, "plan is 3"),
        ({**PLAN, "value": True}, "plan is true"),
        ({**PLAN, "value": ""}, "plan is “”"),
        ({**PLAN, "value": "a b"}, "plan is “a b”"),
        ({**PLAN, "ignore_case": True}, "plan is pro (in any case)"),
        ({"attribute": "age", "operator": "between", "value": [18, 30]}, "age is between 18 and 30"),
        ({"operator": "weekday", "value": ["mon"], "time_zone": "Asia/Tokyo"}, "the time falls on mon in Asia/Tokyo"),
        ({**COUNTRY, "value": list("abcdefghijk")}, "country is one of a, b, c, d, e, f, g, h and 3 more"),
        ({"attribute": "x", "operator": "of_tomorrow", "value": 1}, "x of_tomorrow 1"),
    ],
    ids=str,
)  # fmt: skip
def test_condition_is_told(condition: dict[str, Any], said: str) -> None:
    assert condition_words(condition) == said


def test_every_operator_of_the_engine_has_words() -> None:
    assert _PHRASES.keys() == OPERATORS.keys()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            {"conditions": [COUNTRY, PLAN], "serve": ON, "rollout_percentage": 30},
            "If country is one of US, CA and plan is pro: serve on to 30 %.",
        ),
        ({"serve": ON}, "For everyone: serve on."),
        ({"when": PLAN, "serve": {"off": True}}, "If plan is pro: serve what is served while off."),
        (
            {"when": PLAN, "serve": {"split": [{"variant": "a", "weight": 12.5}, {"variant": "b", "weight": 87.5}]}},
            "If plan is pro: split users: 12.5 % a, 87.5 % b.",
        ),
        (
            {"when": PLAN, "serve": {"split": {"salt": "s", "arms": [{"variant": "a", "ranges": [[0, 25_000]]}]}}},
            "If plan is pro: split users: 25 % a.",
        ),
        (
            {"when": PLAN, "serve": {"rollout": ROLLOUT}},
            "If plan is pro: serve on to 30 %, off to the others.",
        ),
        (
            {"when": PLAN, "serve": ON, "gates": [LAYER], "on_gate_miss": "default"},
            "If plan is pro: serve on to 20 % (by salt layer-1); everyone else who matches gets the default.",
        ),
        (
            {"when": PLAN, "serve": ON, "active_from": "2026-01-01T00:00:00Z"},
            "If plan is pro: serve on, from 2026-01-01T00:00:00Z.",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_rule_is_told(rule: dict[str, Any], said: str) -> None:
    assert plain(rule_sentence(rule)) == said


def test_prerequisites_and_targets_are_told() -> None:
    both = {"flag": "parent", "enabled": True, "variants": ["a", "b"]}
    assert prerequisite_sentence(both) == "parent is on and serves a or b."
    assert target_sentence({"variant": "on", "keys": ["alice", "bob"]}) == "on: alice, bob."
    assert target_sentence({"variant": "on", "keys": ["DE"], "by": "country"}) == "on: country DE."
