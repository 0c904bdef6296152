"""OFREP's answer for one flag: its value with its type, why, and by which revision; or what is wrong."""

from typing import Any

import orjson
import pytest

from evaluation.tests.asking import doors_with, flag_document, known, snapshot_of
from evaluation.tests.ofrep import ALL, CLIENT_KEY, FLAGS, ONE, OTHER_KEY, SERVER_KEY, doors, one, post, staging
from flagkit.engine.bucketing import bucket_of, hash_of, seed_of


def test_an_answer_carries_value_reason_variant_and_metadata() -> None:
    assert one("checkout", targetingKey="alice") == {
        "key": "checkout",
        "value": True,
        "reason": "STATIC",
        "variant": "on",
        "metadata": {"enabled": True, "revision": 7},
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [("checkout", True), ("text", "grüße"), ("whole", 3), ("float", 2.0), ("object", {"a": [1]})],
)
def test_each_type_is_told_as_itself(key: str, value: Any) -> None:
    found = one(key)["value"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("key", "plan", "reason"),
    [
        ("checkout", "pro", "STATIC"),
        ("off", "pro", "DISABLED"),
        ("ruled", "pro", "TARGETING_MATCH"),
        ("ruled", "free", "DEFAULT"),
        ("rollout", "pro", "SPLIT"),
    ],
)
def test_each_reason(key: str, plan: str, reason: str) -> None:
    assert one(key, targetingKey="alice", plan=plan)["reason"] == reason


def test_the_rule_that_decided_is_named() -> None:
    assert one("ruled", plan="pro")["metadata"] == {"enabled": False, "ruleId": "t", "revision": 7}


def test_the_bucket_is_told() -> None:
    bucket = bucket_of(hash_of(b"alice", seed_of("pepper")), 100_000)
    assert one("rollout", targetingKey="alice")["metadata"]["bucket"] == bucket


def test_where_the_callers_default_applies_there_is_no_value() -> None:
    found = one("default")
    assert "value" not in found
    assert (found["variant"], found["reason"]) == (None, "DISABLED")


@pytest.mark.parametrize("key", ["alone", "button"])
def test_an_experiment_is_a_flag_of_its_payloads(key: str) -> None:
    found = one(key, targetingKey="alice")
    assert (found["value"], found["variant"], found["reason"]) == ({"color": "red"}, "red", "SPLIT")
    assert found["metadata"]["experiment"] == key
    assert "bucket" in found["metadata"]


@pytest.mark.parametrize(("key", "context"), [("nobody", {"targetingKey": "alice"}), ("alone", {}), ("button", {})])
def test_who_is_not_in_an_experiment_keeps_the_default(key: str, context: dict[str, str]) -> None:
    assert one(key, **context) == {
        "key": key,
        "reason": "DEFAULT",
        "variant": None,
        "metadata": {"enabled": False, "revision": 7},
    }


def test_an_experiment_on_a_flag_is_named_by_the_flag() -> None:
    assert one("color", targetingKey="alice")["metadata"]["experiment"] == "button"


def test_a_flag_goes_before_an_experiment_with_its_key() -> None:
    found = doors_with(staging(*FLAGS, flag_document("alone")))
    assert post(found, f"{ONE}alone").json()["value"] is True


@pytest.mark.parametrize("body", [b"", b"{}", b'{"context": null}', b'{"context": {}}'])
def test_a_question_without_a_context_is_answered(body: bytes) -> None:
    assert post(doors(), f"{ONE}checkout", body=body).status == 200


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("gone", 404, "FLAG_NOT_FOUND"),
        ("broken", 400, "PARSE_ERROR"),
        ("rollout", 400, "TARGETING_KEY_MISSING"),
    ],
)
def test_a_flag_that_cannot_answer_says_why(key: str, status: int, code: str) -> None:
    answer = post(doors(), ONE + key)
    assert answer.status == status
    assert (answer.json()["key"], answer.json()["errorCode"]) == (key, code)
    assert answer.json()["errorDetails"]


def test_a_flag_that_breaks_while_it_answers_is_a_general_error() -> None:
    chain = [flag_document(f"f{at}", prerequisites=[{"flag": f"f{at + 1}", "enabled": True}]) for at in range(2_000)]
    answer = post(doors_with(staging(*chain, flag_document("f2000"))), f"{ONE}f0")
    assert (answer.status, answer.json()["key"], answer.json()["errorCode"]) == (500, "f0", "GENERAL")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"[]", "PARSE_ERROR"),
        (b"\xff", "PARSE_ERROR"),
        (b'{"context": NaN}', "PARSE_ERROR"),
        (b"[" * 5_000 + b"]" * 5_000, "PARSE_ERROR"),
        (b'{"context": []}', "INVALID_CONTEXT"),
        (b'{"context": "alice"}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": {}}}', "INVALID_CONTEXT"),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_protocols_shape(body: bytes, code: str) -> None:
    answer = post(doors(), f"{ONE}checkout", body=body)
    assert answer.status == 400
    assert (answer.json()["key"], answer.json()["errorCode"]) == ("checkout", code)
    assert answer.json()["errorDetails"]


def test_a_targeting_key_may_be_a_whole_number() -> None:
    assert one("rollout", targetingKey=7) == one("rollout", targetingKey="7")


@pytest.mark.parametrize("value", [None, "", [], {}, 1e400, "\ud7ff", ["x"], True])
def test_whatever_the_context_holds_is_harmless(value: Any) -> None:
    body = orjson.dumps({"context": {"targetingKey": "alice", "plan": value}})
    assert all(post(doors(), ONE + flag["key"], body=body).status in (200, 400) for flag in FLAGS)


@pytest.mark.parametrize(
    ("path", "key"), [("a%20b", "a b"), ("gr%C3%BC%C3%9Fe", "grüße"), ("a%2Fb", "a/b"), ("%FF", "�"), ("x%00", "x\0")]
)
def test_keys_may_be_percent_encoded(path: str, key: str) -> None:
    answer = post(doors(), ONE + path)
    assert (answer.status, answer.json()["key"]) == (404, key)


def test_client_keys_see_the_flags_that_are_for_them() -> None:
    found = doors_with(staging(flag_document("a", client_visible=True), flag_document("b")))
    assert [post(found, ONE + key, key=CLIENT_KEY).status for key in "ab"] == [200, 404]
    assert post(found, f"{ONE}b", key=CLIENT_KEY).json() == post(found, f"{ONE}c").json() | {
        "key": "b",
        "errorDetails": "flag b does not exist here",
    }


def test_the_key_names_the_environment() -> None:
    found = doors_with(
        staging(flag_document()), snapshot_of(flag_document(enabled=False), environment="b", keys=known(OTHER_KEY))
    )
    assert post(found, f"{ONE}checkout").json()["value"] is True
    assert post(found, f"{ONE}checkout", key=OTHER_KEY).json()["value"] is False


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [
        (None, "", 401),
        (None, "environment_key=staging", 200),
        (None, "environment_key=staging&project=default", 200),
        (None, "environment_key=closed", 401),
        (None, "environment_key=gone", 404),
        (None, "environment_key=%FF", 400),
        ("fp_server_gone", "", 401),
        ("fp_server_gone", "environment_key=staging", 401),
        (OTHER_KEY, "environment_key=staging", 403),
        (OTHER_KEY, "environment_key=closed", 200),
    ],
)
def test_who_may_ask(key: str | None, query: str, status: int) -> None:
    closed = snapshot_of(flag_document(), environment="closed", keys=known(OTHER_KEY), allows_keyless=False)
    answer = post(doors_with(staging(flag_document()), closed), f"{ONE}checkout", query, key=key)
    assert answer.status == status
    assert status == 200 or {"key", "errorCode", "errorDetails"} <= answer.json().keys()


def test_a_process_without_data_is_not_ready() -> None:
    answer = post(doors_with(), f"{ONE}checkout")
    assert (answer.status, answer.json()["errorCode"]) == (503, "PROVIDER_NOT_READY")
    assert answer.headers["retry-after"] == "1"


def test_names_that_do_not_exist_are_noted_and_flags_that_are_not_for_the_caller_are_not() -> None:
    found = doors_with(staging(flag_document("hidden")))
    for key in ("hidden", "misspelt"):
        assert post(found, ONE + key, key=CLIENT_KEY).status == 404
    assert found.doors._store.unknown.take() == {"id-staging": {"misspelt": 1}}


@pytest.mark.parametrize(("key", "status"), [(SERVER_KEY, 200), (CLIENT_KEY, 404)])
def test_an_experiment_on_a_flag_is_for_whom_the_flag_is(key: str, status: int) -> None:
    assert post(doors(), f"{ONE}button", key=key, targetingKey="alice").status == status


@pytest.mark.parametrize("path", [ALL, f"{ONE}checkout"])
def test_the_attributes_of_contexts_are_offered_to_whoever_writes_rules(path: str) -> None:
    found = doors()
    post(found, path, targetingKey="alice", plan="pro")
    assert found.doors._store.seen.take() == {"id-staging": {"plan"}}
