"""An outcome as JSON says who decided: an experiment, a rule, or neither."""

import json

import pytest

from flagkit.engine import Context
from flagkit.engine.experiments import rule_of
from flagkit.engine.fragments import fragment, with_metadata
from flagkit.engine.outcome import broken
from flagkit.tests.documents import ask, colors, experiment, rule, ruleset


@pytest.mark.parametrize(
    ("fields", "decider"),
    [
        ({}, {}),
        ({"rules": [rule(serve={"variant": "red"})]}, {"ruleId": "r1"}),
        ({"experiment": rule_of(experiment("button", 10_000))}, {"experiment": "button"}),
        (
            {"experiment": rule_of(experiment(allocations=[])), "rules": [rule(serve={"variant": "red"})]},
            {"ruleId": "r1"},
        ),
    ],
)
def test_metadata_name_who_decided(fields, decider):
    answer = ask(colors(**fields))
    found = json.loads(fragment(answer))
    assert found == {
        "key": "color",
        "value": "red",
        "variant": "red",
        "reason": answer.reason,
        "metadata": {**decider, "enabled": True},
    }


def test_bulk_evaluation_names_the_experiment_as_well():
    found = ruleset(colors(experiment=rule_of(experiment("button", 10_000))))
    (answer,) = json.loads(found.evaluate_all_json(Context("alice")))["flags"]
    assert (answer["reason"], answer["metadata"]) == ("SPLIT", {"experiment": "button", "enabled": True})


@pytest.mark.parametrize("number", [2.0, 2, -0.5, 1e300, 10**20])
def test_whole_floats_stay_floats(number):
    found = ask(colors(type="number", variants=[{"key": "red", "value": number}]))
    value = json.loads(fragment(found))["value"]
    assert (value, type(value)) == (number, type(number))


def test_the_callers_default_has_no_value_but_a_variant_of_null():
    found = json.loads(fragment(ask(colors(enabled=False, off_variant=None))))
    assert "value" not in found
    assert (found["variant"], found["reason"]) == (None, "DISABLED")


@pytest.mark.parametrize("enabled", [True, False])
def test_metadata_are_added_to_successes_and_to_failures(enabled):
    answer = ask(colors()) if enabled else broken("color", 'it ends with "}}')
    found = json.loads(with_metadata(fragment(answer), b'"revision":7'))
    assert found["metadata"] == {"enabled": enabled, "revision": 7}


def test_a_failure_says_what_is_wrong():
    found = json.loads(fragment(broken("color", "it has no end")))
    assert (found["key"], found["errorCode"]) == ("color", "PARSE_ERROR")
    assert "it has no end" in found["errorDetails"]
    assert "value" not in found
