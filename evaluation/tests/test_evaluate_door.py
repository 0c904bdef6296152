"""`/evaluate/{flag_key}` answers from memory, explains itself, and refuses what it cannot read."""

from typing import Any

import pytest

from evaluation.tests.asking import (
    Answer,
    ask,
    audience_document,
    doors_with,
    flag_document,
    rule_for_testers,
    snapshot_of,
)
from flagkit.engine.bucketing import bucket_of, hash_of, seed_of

ROLLOUT = {"rollout": {"salt": "pepper", "ranges": [[0, 30_000]], "variant": "on", "otherwise": "off"}}


def asked(document: dict[str, Any], query: str | dict[str, Any] = "environment_key=staging", **more: Any) -> Answer:
    return ask(doors_with(snapshot_of(document)), "/evaluate/checkout", query, **more)


def test_an_answer_carries_value_reason_detail_and_version() -> None:
    assert asked(flag_document()).json() == {
        "enabled": True,
        "flag_key": "checkout",
        "value": True,
        "variant": "on",
        "reason": "STATIC",
        "detail": "flag is on and serves on to everyone",
        "cached": True,
        "config_version": 7,
    }


def test_a_flag_that_is_off_says_so() -> None:
    answer = asked(flag_document(enabled=False)).json()
    assert (answer["enabled"], answer["value"], answer["reason"]) == (False, False, "DISABLED")


def test_an_answer_of_a_rule_names_it() -> None:
    document = flag_document(rules=[rule_for_testers()])
    doors = doors_with(snapshot_of(document, audience_document()))
    ruled, other = (
        ask(doors, "/evaluate/checkout", {"environment_key": "staging", "user_id": user}).json()
        for user in ("alice", "bob")
    )
    assert (ruled["rule_id"], ruled["reason"], ruled["value"]) == ("t", "TARGETING_MATCH", False)
    assert ("rule_id" in other, other["reason"]) == (False, "DEFAULT")


@pytest.mark.parametrize(("start", "decides"), [("2020-01-01T00:00:00Z", True), ("2999-01-01T00:00:00Z", False)])
def test_a_rule_begins_when_its_time_has_come(start: str, decides: bool) -> None:
    rule = {"id": "t", "active_from": start, "serve": {"variant": "off"}}
    assert ("rule_id" in asked(flag_document(rules=[rule])).json()) is decides


def test_a_bucket_that_is_no_whole_number_is_told_too() -> None:
    split = {"salt": "s", "algorithm": "launchdarkly", "arms": [{"variant": "on", "ranges": [[0, 1]]}]}
    detail = asked(flag_document(serve={"split": split}), "environment_key=staging&user_id=u").json()["detail"]
    assert 0 < float(detail.split()[2]) < 1


def test_answers_that_fail_for_one_context_are_not_kept_for_another() -> None:
    document = flag_document(
        rules=[{"id": "deep", "when": {"attribute": "n", "operator": "gt", "value": 1}, "serve": {"off": True}}]
    )
    snapshot = snapshot_of(document)
    for user in range(50):
        asked_of = {"environment_key": "staging", "user_id": str(user), "context": '{"n": 2}'}
        answer = ask(doors_with(snapshot), "/evaluate/checkout", asked_of).json()
        assert (answer["flag_key"], answer["rule_id"]) == ("checkout", "deep")
    assert len(snapshot.fragments) == 1
    assert all(id(outcome) == at for at, (outcome, _) in snapshot.fragments.items())


@pytest.mark.parametrize("user", ["alice", "u1", "grüße", "\U0001f44buser"])
def test_the_detail_names_the_users_own_bucket(user: str) -> None:
    bucket = bucket_of(hash_of(user.encode(), seed_of("pepper")))
    answer = asked(flag_document(serve=ROLLOUT), {"environment_key": "staging", "user_id": user}).json()
    inside = bucket < 30_000
    place = "within" if inside else "outside of"
    assert answer["enabled"] is inside
    assert answer["detail"] == f"user bucket {bucket} is {place} the 30 % rollout"


def test_a_rollout_without_a_user_id_is_off_in_words() -> None:
    answer = asked(flag_document(serve=ROLLOUT))
    assert answer.status == 200
    assert answer.json()["enabled"] is False
    assert answer.json()["error_code"] == "TARGETING_KEY_MISSING"
    assert "needs a user id" in answer.json()["detail"]


def test_a_value_that_looks_like_a_template_is_left_alone() -> None:
    document = flag_document(
        type="string",
        variants=[{"key": "a", "value": 'user bucket {bucket} is "in"'}, {"key": "b", "value": "{bucket}"}],
        off_variant=None,
        serve={"split": {"salt": "s", "arms": [{"variant": "a", "ranges": [[0, 100_000]]}]}},
    )
    answer = asked(document, "environment_key=staging&user_id=u").json()
    assert answer["value"] == 'user bucket {bucket} is "in"'
    assert answer["detail"].startswith("user bucket ")


def test_a_whole_float_stays_a_float() -> None:
    document = flag_document(
        type="number", variants=[{"key": "two", "value": 2.0}], off_variant=None, serve={"variant": "two"}
    )
    assert b'"value":2.0' in asked(document).content


def test_post_takes_a_body_and_gives_the_same_answer() -> None:
    body = {"environment_key": "staging", "user_id": 42, "context": {"plan": "pro"}}
    posted = asked(flag_document(serve=ROLLOUT), "", method="POST", body=body)
    assert posted.content == asked(flag_document(serve=ROLLOUT), "environment_key=staging&user_id=42").content


def test_the_environment_is_found_by_id_key_or_name() -> None:
    doors = doors_with(snapshot_of(flag_document()))
    for name in ("staging", "id-staging", "Staging"):
        assert ask(doors, "/evaluate/checkout", {"environment_key": name}).status == 200


def test_a_broken_flag_answers_an_error_and_leaves_the_others_alone() -> None:
    broken = flag_document("broken", serve={"variant": "nobody"})
    doors = doors_with(snapshot_of(broken, flag_document()))
    answer = ask(doors, "/evaluate/broken", "environment_key=staging").json()
    assert (answer["reason"], answer["error_code"], answer["value"]) == ("ERROR", "PARSE_ERROR", None)
    assert ask(doors, "/evaluate/checkout", "environment_key=staging").json()["enabled"] is True


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "environment_missing"),
        ("environment_key=", 400, "environment_missing"),
        ("environment_key=nowhere", 404, "environment_not_found"),
        ("environment_key=staging&project=nobody", 404, "project_not_found"),
        ("environment_key=staging&user_id=%00", 400, "invalid"),
        ("environment_key=staging&user_id=%ff", 400, "invalid"),
        ("environment_key=staging&user_id=%ED%A0%80", 400, "invalid"),
        ("environment_key=staging&context={", 400, "parse_error"),
        ("environment_key=staging&context=[]", 400, "invalid_context"),
        ("environment_key=staging&context=%22text%22", 400, "invalid_context"),
        ('environment_key=staging&context={"a":NaN}', 400, "parse_error"),
        ('environment_key=staging&context={"a":"%5Cu0000"}', 400, "parse_error"),
        ('environment_key=staging&context={"a":"%5Cud800"}', 400, "parse_error"),
        ('environment_key=staging&context={"a":' + "[" * 33 + "]" * 33 + "}", 400, "parse_error"),
        ("environment_key=staging&user_id=gr\u00fc\u00dfe", 400, "invalid"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_shape(query: str, status: int, code: str) -> None:
    answer = asked(flag_document(), query)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "parse_error"),
        (b"[]", 400, "parse_error"),
        (b'{"environment_key": 7}', 400, "invalid"),
        (b'{"environment_key": "staging", "user_id": 1.5}', 400, "invalid"),
        (b'{"environment_key": "staging", "user_id": true}', 400, "invalid"),
        (b'{"environment_key": "staging", "context": "plan"}', 400, "invalid_context"),
        (b'{"environment_key": "staging", "context": {"a": "' + b"x" * 70_000 + b'"}}', 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused(body: bytes, status: int, code: str) -> None:
    answer = asked(flag_document(), method="POST", body=body)
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_an_unknown_flag_is_not_found() -> None:
    answer = ask(doors_with(snapshot_of(flag_document())), "/evaluate/nothing", "environment_key=staging")
    assert (answer.status, answer.json()["code"]) == (404, "flag_not_found")


def test_a_key_that_no_flag_can_have_is_not_found() -> None:
    doors = doors_with(snapshot_of(flag_document()))
    for path in ("/evaluate/a%20b", "/evaluate/%E2%82%AC", "/evaluate/a/b", "/evaluate/" + "x" * 5000):
        assert ask(doors, path, "environment_key=staging").status == 404


def test_other_methods_are_told_which_ones_there_are() -> None:
    answer = asked(flag_document(), method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")


def test_head_answers_without_a_body() -> None:
    answer = asked(flag_document(), method="HEAD")
    assert (answer.status, answer.content) == (200, b"")


def test_before_any_configuration_is_loaded_it_says_not_ready() -> None:
    answer = ask(doors_with(), "/evaluate/checkout", "environment_key=staging")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
