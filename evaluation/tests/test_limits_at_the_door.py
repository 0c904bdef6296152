"""Requests are counted for the key that is shown, or for the address; who asks too often is told when to come back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.client_address import TrustedProxies
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.delivery import DeliveryDoors
from evaluation.doors.entrance import Entrance
from evaluation.doors.limits import Limits
from evaluation.doors.wire import Request, pairs_of
from evaluation.known_keys import CLIENT
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, flag_document, known, snapshot_of
from evaluation.vitals import vitals

SERVER_KEY, CLIENT_KEY, SLOW_KEY = "fp_server_a", "fp_client_a", "fp_server_slow"
ALICE, BOB = "192.0.2.1", "192.0.2.2"
LIMIT = "x-ratelimit-limit"


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Store:
    keys = {**known(SERVER_KEY), **known(CLIENT_KEY, CLIENT), **known(SLOW_KEY, rate_limit=2)}
    store = Store()
    store.replace([snapshot_of(flag_document(client_visible=True), keys=keys)], confirmed=True)
    return store


Ask = Callable[..., Answer]


@pytest.fixture
def asking(store: Store, clock: Clock) -> Callable[..., Ask]:
    """`asking(per_key=…, per_address=…)` gives a function that evaluates a flag at doors with these limits."""

    def limited(path: str = "/evaluate/checkout", **limits: Any) -> Ask:
        doors = DecisionDoors(store, entrance=Entrance(store, Limits(clock=clock, **limits)))

        def evaluated(key: str = "", peer: str = ALICE, **headers: str) -> Answer:
            shown = {"X-API-Key": key} if key else {}
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return ask(doors, path, "environment_key=staging", headers={**shown, **named}, peer=peer)

        return evaluated

    return limited


def statuses(evaluate: Ask, times: int, **asked: str) -> list[int]:
    return [evaluate(**asked).status for _ in range(times)]


def test_without_limits_nothing_is_told_of_them(asking: Callable[..., Ask], store: Store) -> None:
    store.replace([snapshot_of(flag_document())], confirmed=True)
    answer = asking()()
    assert answer.status == 200
    assert not [name for name in answer.headers if "ratelimit" in name]


def test_an_answer_tells_of_its_limit(asking: Callable[..., Ask]) -> None:
    told = asking(per_address=60)().headers
    assert {name: told[name] for name in told if "ratelimit" in name} == {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "59",
        "x-ratelimit-reset": "1",
    }


def test_who_asks_too_often_is_told_when_to_come_back(asking: Callable[..., Ask], clock: Clock) -> None:
    evaluate = asking(per_address=6)
    before = vitals.limited["address"]
    assert statuses(evaluate, 8) == [200] * 6 + [429] * 2
    assert vitals.limited["address"] == before + 2
    refused = evaluate()
    body = refused.json()
    assert (body["code"], body["fields"]) == ("rate_limited", {})
    assert body["message"].startswith("Your address may ask 6 times a minute.")
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("10", "0")
    clock.now += 10
    assert statuses(evaluate, 2) == [200, 429]


def test_addresses_are_counted_apart(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_address=1)
    assert [evaluate(peer=peer).status for peer in (ALICE, BOB, ALICE, BOB)] == [200, 200, 429, 429]


def test_whoever_has_no_address_is_not_counted_by_one(asking: Callable[..., Ask]) -> None:
    assert statuses(asking(per_address=1), 3, peer="") == [200] * 3


def test_a_key_is_counted_wherever_it_is_shown(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_key=2)
    assert [evaluate(SERVER_KEY, peer).status for peer in (ALICE, BOB, ALICE)] == [200, 200, 429]
    assert evaluate(SERVER_KEY).json()["message"].startswith("This API key may ask 2 times a minute.")
    assert evaluate(CLIENT_KEY).status == evaluate().status == 200


def test_the_limit_of_a_key_goes_before_the_installations(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_key=100)
    assert (evaluate(SLOW_KEY).headers[LIMIT], evaluate(SERVER_KEY).headers[LIMIT]) == ("2", "100")
    assert statuses(asking(), 3, key=SLOW_KEY) == [200, 200, 429]


def test_a_server_key_is_not_counted_for_the_address(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_address=1)
    assert statuses(evaluate, 3, key=SERVER_KEY) == [200] * 3
    assert statuses(evaluate, 2) == [200, 429]


def test_a_client_key_is_counted_for_both_and_the_nearest_end_is_told(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_key=3, per_address=2)
    assert evaluate(CLIENT_KEY).headers[LIMIT] == "2"
    assert statuses(evaluate, 2, key=CLIENT_KEY) == [200, 429]
    assert evaluate(CLIENT_KEY, BOB).headers[LIMIT] == "3"
    assert evaluate(CLIENT_KEY, BOB).json()["message"].startswith("This API key")


def test_guessing_keys_is_counted_for_the_address(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_address=2)
    assert [evaluate(f"fp_server_{guess}").status for guess in "abcd"] == [200, 401, 401, 429]


def test_questions_that_are_refused_count_as_well(asking: Callable[..., Ask]) -> None:
    assert statuses(asking("/evaluate/gone", per_address=2), 3) == [404, 404, 429]


def test_the_client_behind_a_trusted_proxy_is_counted(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_address=1, proxies=TrustedProxies(["10.0.0.0/8"]))
    for client in (ALICE, BOB):
        assert statuses(evaluate, 2, peer="10.0.0.1", X_Forwarded_For=f"spoofed, {client}") == [200, 429]


def test_long_ways_over_proxies_are_read_but_not_remembered(store: Store) -> None:
    proxies = TrustedProxies(["10.0.0.0/8"])
    limits = Limits(per_address=1, proxies=proxies, clock=lambda: 0.0)
    for client, refusals in ((ALICE, 0), (ALICE, 1), (BOB, 0)):
        hops = f"{'spoofed, ' * 1_000}{client}".encode()
        refused, _ = limits.count(Request("GET", "/x", b"", {b"x-forwarded-for": hops}, peer="10.0.0.1"), None)
        assert bool(refused) is bool(refusals)
    assert limits._caller.cache_info().currsize == proxies._named.cache_info().currsize == 0


def test_what_a_caller_says_of_itself_is_not_read(asking: Callable[..., Ask]) -> None:
    evaluate = asking(per_address=1)
    assert [evaluate(X_Forwarded_For=f"203.0.113.{n}").status for n in range(3)] == [200, 429, 429]


def test_openfeatures_clients_are_refused_in_their_own_shape(store: Store) -> None:
    entrance = Entrance(store, Limits(per_key=1, per_address=1))
    doors, delivery = DecisionDoors(store, entrance=entrance), DeliveryDoors(store, most=1, entrance=entrance)
    asked: dict[str, Any] = {"method": "POST", "headers": {"X-API-Key": SERVER_KEY}}
    assert ask(doors, "/ofrep/v1/evaluate/flags/checkout", **asked).headers["x-ratelimit-remaining"] == "0"
    one, every = (
        ask(doors, path, **asked) for path in ("/ofrep/v1/evaluate/flags/checkout", "/ofrep/v1/evaluate/flags")
    )
    stream = [ask(delivery, "/ofrep/v1/stream", "token=x", peer=ALICE) for _ in range(2)]
    assert [answer.status for answer in (one, every, *stream)] == [429, 429, 401, 429]
    for answer in (one, every, stream[1]):
        assert answer.json()["errorCode"] == "GENERAL"
        assert "times a minute" in answer.json()["errorDetails"]
        assert answer.headers["retry-after"] == "60"


def test_definitions_and_streams_count_with_decisions(store: Store) -> None:
    entrance = Entrance(store, Limits(per_key=2))
    doors = DecisionDoors(store, entrance=entrance)
    delivery = DeliveryDoors(store, most=1, entrance=entrance)
    shown = {"X-API-Key": SERVER_KEY}
    path = "/api/environments/staging/snapshot"
    assert ask(delivery, path, headers=shown).headers["x-ratelimit-remaining"] == "1"
    assert ask(doors, "/evaluate/checkout", "environment_key=staging", headers=shown).status == 200
    for refused in (path, path.replace("snapshot", "stream")):
        answer = ask(delivery, refused, headers=shown)
        assert (answer.status, answer.json()["code"]) == (429, "rate_limited")


def test_a_request_for_which_a_door_is_asked_again_counts_once(store: Store) -> None:
    doors = DecisionDoors(store, entrance=Entrance(store, Limits(per_address=3))).doors
    door = doors.find("/evaluate/checkout")
    assert door
    told = []
    for _ in range(2):
        request = Request("GET", "/evaluate/checkout", b"environment_key=staging", {}, peer=ALICE)
        told += [pairs_of(doors.answer(door, request).lines)[1] for _ in range(2)]
    assert told == [(b"x-ratelimit-remaining", left) for left in (b"2", b"2", b"1", b"1")]


def test_a_body_that_is_too_large_counts(store: Store) -> None:
    doors = DecisionDoors(store, entrance=Entrance(store, Limits(per_address=1)))
    answers = [ask(doors, "/evaluate/checkout", method="POST", body=b" " * 70_000, peer=ALICE).status for _ in range(2)]
    assert answers == [413, 429]
