"""An outcome as JSON says who decided: an experiment, a rule, or neither."""

import json

import pytest

from flagkit.engine import Context
from flagkit.engine.experiments import rule_of
from flagkit.engine.fragments import fragment
from flagkit.tests.documents import ask, colors, experiment, rule, ruleset


@pytest.mark.parametrize(
    ("fields", "decider"),
    [
        ({}, {}),
        ({"rules": [rule(serve={"variant": "red"})]}, {"rule": "r1"}),
        ({"experiment": rule_of(experiment("button", 10_000))}, {"experiment": "button"}),
        (
            {"experiment": rule_of(experiment(allocations=[])), "rules": [rule(serve={"variant": "red"})]},
            {"rule": "r1"},
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
