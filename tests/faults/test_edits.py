"""Many editors, many edits, broken documents: every edit counts once, in one order, and is seen whole."""

import functools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.faults.place import Place, arrive, has_answer, switch
from tests.faults.probe import probing
from tests.servers import Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]
STAGING = "environment_key=staging"


def create(server: Server, key: str, **fields: Any) -> None:
    """A flag of this key that is as the fields say, whether or not an earlier test left it behind."""
    flag = {"key": key, "flag_type": "boolean", "environment_key": "staging", **fields}
    answer = server.http.post(f"{server.url}/flags", json=flag, timeout=10)
    assert answer.status_code == 201, answer.text


def put(server: Server, key: str, *, match: str = "", **fields: Any) -> requests.Response:
    headers = {"If-Match": match} if match else {}
    return server.http.put(f"{server.url}/flags/{key}?{STAGING}", json=fields, headers=headers, timeout=20)


def turn_on(server: Server, key: str) -> int:
    """As a client does that is told to come again: with so many at once, a place in the queue may take too long."""
    for _ in range(5):
        answer = put(server, key, is_enabled=True)
        if answer.status_code != 503:
            break
    return answer.status_code


def newest(place: Place) -> int:
    found = place.sql(
        "SELECT revision FROM evaluation_head h JOIN accounts_environment e ON e.id = h.environment_id"
        " WHERE e.key = 'staging'"
    )
    return int(found[0][0])


@pytest.mark.long
def test_f14_of_two_editors_on_two_processes_one_is_told_that_he_lost(two: Two) -> None:
    first, second = two
    second.sign_in()
    flag = f"f14-{time.time_ns()}"
    create(first, flag, is_enabled=True, name="nobody's")
    winner = "nobody's"
    with ThreadPoolExecutor(2) as pool:
        for n in range(100):
            read = two[n % 2].http.get(f"{two[n % 2].url}/flags/{flag}?{STAGING}", timeout=5)
            assert read.json()["name"] == winner
            names = [f"{n} by {at}" for at in range(2)]
            put_named = functools.partial(put, key=flag, match=read.headers["ETag"])
            told = list(pool.map(lambda each, name, put_named=put_named: put_named(each, name=name), two, names))  # type: ignore[misc]
            assert sorted(answer.status_code for answer in told) == [200, 412]
            winner = names[[answer.status_code for answer in told].index(200)]


def test_f15_fifty_edits_at_once_are_fifty_revisions(place: Place, two: Two) -> None:
    first, second = two
    second.sign_in()
    prefix = f"f15-{time.time_ns()}"
    for n in range(50):
        create(first, f"{prefix}-{n}", is_enabled=False)
    before = newest(place)
    with probing(*two), ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda n: turn_on(two[n % 2], f"{prefix}-{n}"), range(50)))
        assert set(told) == {200}
        assert newest(place) == before + 50
        for server in two:
            for n in range(50):
                wait_for(lambda s=server, n=n: has_answer(s, f"{prefix}-{n}", True), seconds=15)  # type: ignore[misc]


BROKEN = {
    "not JSON": '{"schema": 1',
    "null": "null",
    "a list": "[]",
    "a variant that is missing": '{"schema":1,"key":"KEY","type":"boolean","enabled":true,"variants":[],"off_variant":'
    '"off","prerequisites":[],"targets":[],"rules":[],"serve":{"variant":"nobody"}}',
    "a prerequisite of itself": '{"schema":1,"key":"KEY","type":"boolean","enabled":true,"variants":[{"key":"on",'
    '"value":true},{"key":"off","value":false}],"off_variant":"off","prerequisites":[{"flag":"KEY","variants":["on"]}],'
    '"targets":[],"rules":[],"serve":{"variant":"on"}}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_f22_a_document_that_is_broken_in_the_database_answers_error_alone(place: Place, two: Two, kind: str) -> None:
    """Only who writes past the application can put it there."""
    flag = f"f22-{time.time_ns()}"
    with probing(*two):
        _smuggle(place, flag, BROKEN[kind].replace("KEY", flag))
        for server in two:
            wait_for(lambda s=server: _code(s, flag) is not None, seconds=15)  # type: ignore[misc]
            assert _code(server, flag) in ("PARSE_ERROR", "GENERAL")


def test_f22_a_flag_of_ten_thousand_rules_is_answered_right_beside_the_others(place: Place, two: Two) -> None:
    flag = f"f22-{time.time_ns()}"
    rule = '{"id":"r%d","when":{"attribute":"user","operator":"eq","value":"nobody-%d"},"serve":{"variant":"off"}}'
    rules = ",".join(rule % (n, n) for n in range(10_000))
    document = (
        '{"schema":1,"key":"%s","type":"boolean","enabled":true,"variants":[{"key":"on","value":true},{"key":"off",'
        '"value":false}],"off_variant":"off","prerequisites":[],"targets":[],"rules":[%s],"serve":{"variant":"on"}}'
    )
    with probing(*two):
        _smuggle(place, flag, document % (flag, rules))
        for server in two:
            wait_for(lambda s=server: _code(s, flag) is not None, seconds=15)  # type: ignore[misc]
            assert has_answer(server, flag, True)


def _smuggle(place: Place, flag: str, document: str) -> None:
    place.sql(
        "UPDATE evaluation_head SET revision = revision + 1 WHERE environment_id ="
        " (SELECT id FROM accounts_environment WHERE key = 'staging')",
        "INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)"
        f" SELECT environment_id, revision, 'flag', '{flag}', $document${document}$document$, 'somebody', now()"
        " FROM evaluation_head WHERE environment_id = (SELECT id FROM accounts_environment WHERE key = 'staging')",
    )


def _code(server: Server, flag: str) -> str | None:
    """The error code of the flag's answer, empty for a good one; None while it is not known."""
    given = {"environment_key": "staging", "user_id": "u1"}
    answer = server.http.get(f"{server.url}/evaluate/{flag}", params=given, timeout=30)
    return answer.json().get("error_code", "") if answer.status_code == 200 else None


def test_c1_who_has_written_reads_it_from_every_process(two: Two) -> None:
    first, second = two
    second.sign_in()
    for n in range(60):
        assert put(two[n % 2], "checkout", rollout_percentage=n).status_code == 200
        reader = two[(n + n // 2) % 2]
        read = reader.http.get(f"{reader.url}/flags/checkout?{STAGING}", timeout=5).json()
        assert read["rollout_percentage"] == n
    put(first, "checkout", rollout_percentage=100)


def test_c2_an_evaluation_that_names_the_revision_of_a_change_is_never_older(two: Two) -> None:
    first, second = two
    second.sign_in()
    for n in range(100):
        writer, reader = two[n % 2], two[1 - n % 2]
        made = put(writer, "checkout", rollout_percentage=n)
        revision = int(made.headers["X-Config-Version"].removeprefix("staging="))
        question = {"environment_key": "staging", "user_id": "u1", "min_version": revision}
        read = reader.http.get(f"{reader.url}/evaluate/checkout", params=question, timeout=5)
        assert read.status_code == 200, read.text
        assert read.json()["config_version"] >= revision
    put(first, "checkout", rollout_percentage=100)


def test_c8_a_flag_and_its_prerequisite_are_read_from_one_revision(place: Place, two: Two) -> None:
    """Both are changed in one transaction, so that only a mixture of two revisions would answer off."""
    first, second = two
    stamp = time.time_ns()
    base, upper = f"c8-base-{stamp}", f"c8-upper-{stamp}"
    document = (
        '{"schema":1,"key":"%s","type":"boolean","enabled":true,"variants":[{"key":"on","value":true},{"key":"off",'
        '"value":false},{"key":"also","value":true}],"off_variant":"off","prerequisites":[%s],"targets":[],"rules":[],'
        '"serve":{"variant":"%s"}}'
    )

    def publish(variant: str) -> None:
        asks = f'{{"flag":"{base}","variants":["{variant}"]}}'
        values = [(base, document % (base, "", variant)), (upper, document % (upper, asks, "on"))]
        rows = ",".join(f"('{key}', $d${text}$d$)" for key, text in values)
        place.sql(
            "WITH head AS (UPDATE evaluation_head SET revision = revision + 1 WHERE environment_id ="
            " (SELECT id FROM accounts_environment WHERE key = 'staging') RETURNING *)"
            " INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)"
            " SELECT environment_id, revision, 'flag', v.key, v.text, 'c8', now()"
            f" FROM head, (VALUES {rows}) v(key, text)"
        )

    publish("on")
    for server in two:
        wait_for(lambda s=server: has_answer_if_known(s, upper), seconds=15)  # type: ignore[misc]
    with probing(first, second) as probe:
        probe.settle(True, flag=upper)
        for n in range(100):
            publish("also" if n % 2 else "on")
            place.redis_announce()
        probe.see(20)


def has_answer_if_known(server: Server, flag: str) -> bool:
    return _code(server, flag) == "" and has_answer(server, flag, True)


def test_c9_an_edit_of_an_audience_is_never_seen_half_done(place: Place, two: Two) -> None:
    """A rule for an audience that is edited without pause: u1 is never in it, so nobody may ever see the rule match."""
    first, second = two
    stamp = time.time_ns()
    audience, flag = f"c9-{stamp}", f"c9-flag-{stamp}"
    made = first.http.post(
        f"{first.url}/audiences",
        json={"key": audience, "environment_key": "staging", "name": "C9", "included": ["somebody"]},
        timeout=10,
    )
    assert made.status_code == 201, made.text
    rule = {"when": {"operator": "in_audience", "value": audience}, "serve": {"variant": "off"}}
    create(first, flag, is_enabled=True, rules=[rule])
    for server in two:
        wait_for(lambda s=server: _code(s, flag) == "", seconds=15)  # type: ignore[misc]
    with probing(first, second) as probe:
        probe.settle(True, flag=flag)
        for n in range(40):
            condition = {"attribute": "plan", "operator": "eq", "value": f"never-{n}"}
            answer = first.http.put(
                f"{first.url}/audiences/{audience}?{STAGING}",
                json={"rules": [{"when": condition}], "included": [f"somebody-{n}"]},
                timeout=10,
            )
            assert answer.status_code == 200, answer.text


def test_c3_numbers_have_no_gap_while_two_processes_edit_and_one_is_refused(place: Place, two: Two) -> None:
    first, second = two
    second.sign_in()
    before = newest(place)
    refused = threading.Event()

    def edit(n: int) -> int:
        if n % 5 == 4:
            refused.set()
            return put(
                two[n % 2], "checkout", rules=[{"when": {"operator": "no such"}, "serve": {"variant": "on"}}]
            ).status_code
        return put(two[n % 2], "checkout", rollout_percentage=n + before % 7).status_code

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(edit, range(50)))
    assert refused.is_set()
    assert told.count(400) == 10
    assert set(told) <= {200, 400, 503}
    numbers = place.sql(
        "SELECT DISTINCT p.revision FROM evaluation_publication p JOIN accounts_environment e"
        " ON e.id = p.environment_id WHERE e.key = 'staging' ORDER BY 1"
    )
    assert [n for (n,) in numbers] == list(range(1, newest(place) + 1))
    put(first, "checkout", rollout_percentage=100)
    assert switch(first, True).status_code == 200
    arrive(True, first, second)
