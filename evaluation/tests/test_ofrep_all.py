"""OFREP's answer for all flags: each as it is by itself, and a 304 for nobody whose answers changed."""

from typing import Any

import orjson
import pytest
import time_machine

from evaluation import stream_tokens
from evaluation.doors.asgi import DecisionDoors
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, doors_with, flag_document, known, rule_for_testers, snapshot_of
from evaluation.tests.ofrep import ALL, CLIENT_KEY, FLAGS, ONE, OTHER_KEY, ROLLOUT, SERVER_KEY, doors, post, staging
from evaluation.usage import by_variant

PRO = {"attribute": "plan", "operator": "eq", "value": "pro"}
NOW = 1_800_000_000  # the beginning of a window
CONTEXTS: list[dict[str, Any]] = [
    {},
    {"targetingKey": "alice"},
    {"targetingKey": "bob", "plan": "pro"},
    {"plan": ["pro"]},
]


def again(found: DecisionDoors, tag: str, query: str = "", **context: Any) -> Answer:
    """Ask once more, with the ETags that the caller has."""
    headers = {"X-API-Key": SERVER_KEY, "If-None-Match": tag}
    return ask(found, ALL, query, method="POST", body={"context": context}, headers=headers)


@pytest.mark.parametrize("context", CONTEXTS)
def test_each_flag_is_answered_as_by_itself(context: dict[str, Any]) -> None:
    found = doors()
    for each in post(found, **context).json()["flags"]:
        alone = post(found, ONE + each["key"], **context).json()
        for name in ("revision", "bucket"):
            alone.get("metadata", {}).pop(name, None)
        assert each == alone


def test_all_flags_and_experiments_are_there_and_the_revision_once() -> None:
    found = post(doors(), targetingKey="alice").json()
    assert sorted(each["key"] for each in found["flags"]) == sorted(document["key"] for document in FLAGS)
    assert found["metadata"] == {"revision": 7}


def test_a_flag_that_fails_leaves_the_others_their_answers() -> None:
    answer = post(doors())
    codes = {each["key"]: each.get("errorCode") for each in answer.json()["flags"]}
    assert answer.status == 200
    assert (codes["broken"], codes["rollout"], codes["checkout"]) == ("PARSE_ERROR", "TARGETING_KEY_MISSING", None)


def test_a_key_that_is_a_flags_and_an_experiments_is_told_once() -> None:
    flags = post(doors_with(staging(*FLAGS, flag_document("alone"))), targetingKey="alice").json()["flags"]
    assert [each["value"] for each in flags if each["key"] == "alone"] == [True]


def test_client_keys_see_what_is_for_them() -> None:
    visible = [flag_document("a", client_visible=True), flag_document("child", prerequisites=[])]
    store = Store()
    store.replace([staging(*visible, flag_document("b"), *FLAGS[-4:])], confirmed=True)
    found = DecisionDoors(store)
    shown = [each["key"] for each in post(found, key=CLIENT_KEY, targetingKey="alice").json()["flags"]]
    assert shown == ["a", "alone", "nobody"]
    counted = {flag: n for (_, flag, _), n in by_variant(store.usage.take())}
    assert counted == {"a": 1}


def test_evaluations_are_counted_by_flag_and_variant() -> None:
    store = Store()
    store.replace([staging(flag_document("a"), flag_document("b", serve=ROLLOUT))], confirmed=True)
    for user in range(100):
        post(DecisionDoors(store), targetingKey=f"user-{user}")
    counted = {(flag, variant): n for (_, flag, variant), n in by_variant(store.usage.take())}
    assert counted[("a", "on")] == 100
    assert counted[("b", "on")] + counted[("b", "off")] == 100
    assert 10 < counted[("b", "on")] < 50


def test_the_same_answers_are_not_sent_again() -> None:
    found = doors()
    first = post(found, targetingKey="alice")
    second = again(found, first.headers["ETag"], targetingKey="alice")
    assert (second.status, second.content, second.headers["ETag"]) == (304, b"", first.headers["ETag"])


@pytest.mark.parametrize("given", ["{}", '"a", {}', '{},W/"b"', "*"])
def test_the_tag_may_stand_in_a_list(given: str) -> None:
    found = doors()
    assert again(found, given.replace("{}", post(found).headers["ETag"])).status == 304


def test_tags_are_compared_weakly() -> None:
    found = doors()
    tag = post(found).headers["ETag"]
    assert tag.startswith('W/"')
    assert again(found, tag.removeprefix("W/")).status == 304


@pytest.mark.parametrize("given", ["", '"a"', "W/", '"', "a,b", "," * 1_000])
def test_a_tag_of_nothing_is_answered_in_full(given: str) -> None:
    assert again(doors(), given).status == 200


def test_another_context_is_told_its_own_answers() -> None:
    found = doors()
    tag = post(found, targetingKey="alice", plan="pro").headers["ETag"]
    assert again(found, tag, targetingKey="alice", plan="free").status == 200


def test_another_context_is_never_told_that_nothing_changed() -> None:
    found = doors()
    rome = post(found, targetingKey="alice", city="Rome")
    oslo = again(found, rome.headers["ETag"], targetingKey="alice", city="Oslo")
    assert (oslo.status, oslo.json()["flags"]) == (200, rome.json()["flags"])


@time_machine.travel(NOW, tick=False)
def test_an_edit_is_news_to_those_whose_answers_it_changes() -> None:
    store = Store()
    before = staging(flag_document(rules=[rule_for_testers(when=PRO)]))
    store.put(before)
    found = DecisionDoors(store)
    pro, free = (post(found, plan=plan).headers["ETag"] for plan in ("pro", "free"))
    edited = flag_document(rules=[rule_for_testers(when=PRO, serve={"variant": "on"})])
    store.put(before.advanced(8, {("flag", "checkout"): orjson.dumps(edited).decode()}))
    assert again(found, pro, plan="pro").status == 200
    assert again(found, free, plan="free").status == 304


@time_machine.travel(NOW, tick=False)
def test_whichever_way_the_configuration_came_the_tag_is_the_same() -> None:
    loaded = staging(*FLAGS)
    store = Store()
    store.put(loaded.advanced(8, {name: loaded.texts[name] for name in list(loaded.texts)[:5]}))
    known_by = post(DecisionDoors(store), targetingKey="alice").headers["ETag"]
    assert post(doors_with(loaded), targetingKey="alice").headers["ETag"] == known_by


def test_a_tag_of_another_environment_is_no_tag_here() -> None:
    found = doors_with(staging(flag_document()), snapshot_of(flag_document(), environment="b", keys=known(OTHER_KEY)))
    assert again(found, post(found, key=OTHER_KEY).headers["ETag"]).status == 200


def test_who_is_told_that_nothing_changed_can_still_show_the_token_of_the_stream() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        found = doors()
        answer = post(found)
        token = answer.json()["eventStreams"][0]["endpoint"]["requestUri"].partition("token=")[2]
        statuses = []
        for minute in range(12):
            clock.move_to(NOW + 60 * minute)
            statuses.append(again(found, answer.headers["ETag"]).status)
            if statuses[-1] == 304:
                assert stream_tokens.read(token)
        assert statuses == [304] * 10 + [200] * 2


def test_where_changes_are_announced_is_told_without_a_host() -> None:
    (stream,) = post(doors()).json()["eventStreams"]
    assert stream["endpoint"]["requestUri"].startswith("/ofrep/v1/stream?after=0.7&token=")
    assert (stream["type"], stream["inactivityDelaySec"]) == ("sse", 120)


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "PARSE_ERROR"), (b"[]", "PARSE_ERROR"), (b'{"context": 7}', "INVALID_CONTEXT")]
)
def test_what_cannot_be_read_is_refused_as_a_whole(body: bytes, code: str) -> None:
    answer = post(doors(), body=body)
    assert answer.status == 400
    assert answer.json().keys() == {"errorCode", "errorDetails", "metadata"}
    assert answer.json()["errorCode"] == code


@pytest.mark.parametrize("body", [b"", b"{}", b'{"context": null}'])
def test_a_question_without_a_context_is_answered(body: bytes) -> None:
    assert post(doors(), body=body).status == 200


@pytest.mark.parametrize("path", ["", "/", "//"])
def test_slashes_at_the_end_are_left_aside(path: str) -> None:
    assert "flags" in post(doors(), ALL + path).json()


@pytest.mark.parametrize(
    "path", ["/ofrep", "/ofrep/", "/ofrep/v1", "/ofrep/v2/evaluate/flags", "/ofrep/v1/configuration"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_stands_anywhere_else(path: str, method: str) -> None:
    answer = ask(doors(), path, method=method)
    assert answer.status == 404
    assert answer.json().keys() == {"key", "errorCode", "errorDetails", "metadata"}
    assert answer.json()["errorCode"] == "FLAG_NOT_FOUND"


@pytest.mark.parametrize("path", [ALL, f"{ONE}checkout"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_told_which_one_to_use(path: str, method: str) -> None:
    answer = ask(doors(), path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert {"errorCode", "errorDetails"} <= answer.json().keys()


def test_a_body_that_is_too_large_is_refused() -> None:
    answer = post(doors(), body=b'{"context": {"a": "' + b"x" * 70_000 + b'"}}')
    assert answer.status == 413
    assert answer.json()["errorCode"] == "GENERAL"


def test_what_clients_do_wrong_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    found = doors()
    for body in (b"{", b'{"context": 7}', b"x" * 70_000):
        post(found, body=body)
        post(found, f"{ONE}gone", body=body)
    post(found, key="fp_server_wrong")
    assert caplog.text == ""
