"""What does not describe an experiment is refused with a sentence."""

import json
import re

import pytest

from flagkit.engine import BrokenDocument
from flagkit.engine.experiments import compile_experiment
from flagkit.tests.documents import (
    about,
    experiment,
    holdout,
    layer,
)

PRO = about("eq", "pro", attribute="plan")
BROKEN = {
    "no key": ({"key": ""}, "key has to be text, not ''"),
    "no id": ({"id": None}, "id has to be text, not None"),
    "another schema": ({"schema": 2}, "schema 2 is not known to this version"),
    "a misspelt field": ({"rule": []}, "an experiment has no field rule; it knows"),
    "an algorithm that nobody has": ({"algorithm": "sha3"}, "'sha3' is not an algorithm: name xxh64"),
    "a salt that is no text": ({"salt": 7}, "salt has to be text, not 7"),
    "a salt that has no bytes": ({"salt": "\ud800", "algorithm": "experiments-murmur3"}, "surrogates not allowed"),
    "a variant that does not exist": (
        {"allocations": [{"variant": "pink", "ranges": [[0, 1]]}]},
        "variant pink does not exist; the flag has red, green, blue",
    ),
    "ranges that overlap": (
        {"allocations": [{"variant": "red", "ranges": [[0, 10], [10, 20]]}]},
        "bucket ranges overlap or lie outside of 0 to 10,000",
    ),
    "ranges of two variants that overlap": (
        {"allocations": [{"variant": v, "ranges": [[0, 10]]} for v in ("red", "blue")]},
        "bucket ranges overlap or lie outside of 0 to 10,000",
    ),
    "a range that is too long": (
        {"allocations": [{"variant": "red", "ranges": [[0, 10_000]]}]},
        "bucket ranges overlap or lie outside of 0 to 10,000",
    ),
    "a range that is turned around": (
        {"allocations": [{"variant": "red", "ranges": [[9, 3]]}]},
        "bucket ranges overlap or lie outside of 0 to 10,000",
    ),
    "half a bucket": ({"allocations": [{"variant": "red", "ranges": [[0, 1.5]]}]}, "ranges are pairs of whole numbers"),
    "a range that is none": ({"allocations": [{"variant": "red", "ranges": [[0]]}]}, "not of the form"),
    "no ranges": ({"allocations": [{"variant": "red"}]}, "not of the form"),
    "allocations that are no list": ({"allocations": {}}, "allocations has to be a list, not {}"),
    "a layer outside of the buckets": ({"layer": layer(0, 10_000)}, "bucket ranges overlap or lie outside"),
    "a layer without a salt": ({"layer": {"key": "l", "ranges": []}}, "not of the form"),
    "a holdout outside of the buckets": ({"holdouts": [holdout(buckets=10_001)]}, "bucket ranges overlap"),
    "a rule with a misspelt field": (
        {"rules": [{"id": "r", "condition": [PRO]}]},
        "a rule of an experiment has no field condition; it knows conditions",
    ),
    "a rule that says both": (
        {"rules": [{"when": PRO, "conditions": [PRO]}]},
        "a rule says when or conditions, not both",
    ),
    "a rule that is none": ({"rules": ["pro"]}, "a rule has to be an object, not 'pro'"),
    "an operator that nobody has": ({"rules": [{"conditions": [about("is")]}]}, "'is' is not an operator"),
    "a flag that is no key": ({"flag": 7}, "flag has to be text, not 7"),
    "an audience that is no key": ({"audience": 7}, "in_audience needs the key of an audience"),
    "a variant without an id": ({"variants": [{"key": "red", "payload": {}}]}, "id has to be text, not None"),
    "a variant without a payload": ({"variants": [{"key": "red", "id": "i"}]}, "not of the form"),
    "a payload that is no object": (
        {"variants": [{"key": "red", "id": "i", "payload": [1]}]},
        r"the payload of variant red has to be an object, not \[1\]",
    ),
    "a variant twice": (
        {"variants": [{"key": "red", "id": i, "payload": {}} for i in "ab"], "allocations": []},
        "variant red is there twice",
    ),
    "no variants": ({"variants": [], "allocations": []}, "a flag needs at least one variant"),
}  # fmt: skip


@pytest.mark.parametrize("why", BROKEN)
def test_document_that_describes_no_experiment_is_refused_with_a_sentence(why):
    fields, sentence = BROKEN[why]
    with pytest.raises(BrokenDocument, match=sentence if "\\" in sentence else re.escape(sentence)):
        compile_experiment(experiment(**fields))


@pytest.mark.parametrize("document", [b"{", "[]", {}, {"schema": 1}, {"kind": "experiment"}])
def test_what_is_no_document_at_all_is_refused(document):
    with pytest.raises(BrokenDocument):
        compile_experiment(document)


def test_json_says_the_same_as_the_document():
    document = experiment("button", 2_000, 2_000, holdouts=[holdout(buckets=500)])
    from_json = compile_experiment(json.dumps(document))
    assert from_json.flat == compile_experiment(document).flat
