"""Browsers are told which pages may ask; a page that a key does not allow is told what to change."""

import pytest

from evaluation.doors import origins
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.delivery import DeliveryDoors
from evaluation.known_keys import CLIENT
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, flag_document, known, snapshot_of

SHOP, EVIL = "https://shop.example", "https://evil.example"
SERVER_KEY, CLIENT_KEY, ANY_KEY = "fp_server_a", "fp_client_a", "fp_client_any"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
def store() -> Store:
    """An environment that asks for a key, with one for the shop's pages."""
    keys = {**known(SERVER_KEY), **known(CLIENT_KEY, CLIENT, allowed_origins=(SHOP,))}
    store = Store()
    store.replace([snapshot_of(flag_document(client_visible=True), keys=keys, allows_keyless=False)], confirmed=True)
    return store


@pytest.fixture
def doors(store: Store) -> DecisionDoors:
    return DecisionDoors(store)


def evaluated(doors: DecisionDoors, key: str = "", origin: str = SHOP, flag: str = "checkout", **more: str) -> Answer:
    shown = {"X-API-Key": key} if key else {}
    headers = {**shown, "Origin": origin, **more} if origin else {**shown, **more}
    return ask(doors, f"/evaluate/{flag}", "environment_key=staging", headers=headers)


def preflight(doors: DecisionDoors | DeliveryDoors, path: str = "/evaluate/checkout", origin: str = SHOP) -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-api-key"}
    return ask(doors, path, method="OPTIONS", headers=asked)


def test_a_page_that_the_key_allows_may_read_the_answer(doors: DecisionDoors) -> None:
    answer = evaluated(doors, CLIENT_KEY)
    assert (answer.status, answer.headers[ALLOWED], answer.headers["vary"]) == (200, SHOP, "Origin")
    assert {"ETag", "Retry-After", "X-RateLimit-Remaining"} <= {
        name.strip() for name in answer.headers["access-control-expose-headers"].split(",")
    }
    assert "access-control-allow-credentials" not in answer.headers


def test_without_an_origin_nothing_is_told(doors: DecisionDoors) -> None:
    answer = evaluated(doors, SERVER_KEY, origin="")
    assert answer.status == 200
    assert not {"vary", ALLOWED} & answer.headers.keys()


def test_a_page_that_the_key_does_not_allow_is_refused(doors: DecisionDoors) -> None:
    answer = evaluated(doors, CLIENT_KEY, EVIL)
    assert (answer.status, answer.json()["code"]) == (403, "origin_not_allowed")
    assert EVIL in answer.json()["message"]
    assert "allowed origins" in answer.json()["message"]
    assert ALLOWED not in answer.headers


def test_a_server_key_in_a_browser_is_refused_and_the_page_can_read_why(doors: DecisionDoors) -> None:
    answer = evaluated(doors, SERVER_KEY)
    assert (answer.status, answer.json()["code"], answer.headers[ALLOWED]) == (403, "origin_not_allowed", SHOP)
    assert "client key" in answer.json()["message"]


def test_pages_of_this_very_server_are_no_strangers(doors: DecisionDoors) -> None:
    answer = evaluated(doors, SERVER_KEY, "https://flags.example:8000", Host="flags.example:8000")
    assert (answer.status, ALLOWED in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("key", "flag", "status"),
    [("", "checkout", 401), ("fp_client_unknown", "checkout", 401), (CLIENT_KEY, "gone", 404)],
)
def test_the_page_can_read_refusals(doors: DecisionDoors, key: str, flag: str, status: int) -> None:
    answer = evaluated(doors, key, flag=flag)
    assert (answer.status, answer.headers[ALLOWED]) == (status, SHOP)


def test_the_page_can_read_that_its_question_is_too_large(doors: DecisionDoors) -> None:
    answer = ask(doors, "/evaluate/checkout", method="POST", body=b" " * 70_000, headers={"Origin": SHOP})
    assert (answer.status, answer.headers[ALLOWED]) == (413, SHOP)


@pytest.mark.parametrize("origin", [SHOP, EVIL, "null"])
def test_where_no_key_is_needed_every_page_may_ask(store: Store, origin: str) -> None:
    store.put(snapshot_of(flag_document(), environment="open"))
    answer = ask(DecisionDoors(store), "/evaluate/checkout", "environment_key=open", headers={"Origin": origin})
    assert (answer.status, answer.headers[ALLOWED]) == (200, origin)


def test_a_key_for_any_origin_allows_every_page(store: Store) -> None:
    keys = known(ANY_KEY, CLIENT, allowed_origins=("*",))
    store.replace([snapshot_of(flag_document(client_visible=True), keys=keys, allows_keyless=False)], confirmed=True)
    answer = evaluated(DecisionDoors(store), ANY_KEY, EVIL)
    assert (answer.status, answer.headers[ALLOWED]) == (200, EVIL)


def test_a_key_that_was_revoked_lets_no_page_in(store: Store) -> None:
    store.replace([snapshot_of(flag_document(), keys={}, allows_keyless=False)], confirmed=True)
    answer = evaluated(DecisionDoors(store), CLIENT_KEY)
    assert (answer.status, ALLOWED in answer.headers) == (401, False)
    assert preflight(DecisionDoors(store)).status == 403


def test_a_preflight_says_what_the_door_takes(doors: DecisionDoors) -> None:
    answer = preflight(doors)
    assert (answer.status, answer.content, answer.headers[ALLOWED]) == (204, b"", SHOP)
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert {"authorization", "x-api-key", "content-type", "if-none-match"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert answer.headers["access-control-max-age"] == "600"
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("path", ["/decide", "/api/decide", "/api/evaluate/checkout"])
def test_preflights_are_answered_at_every_decision(doors: DecisionDoors, path: str) -> None:
    assert preflight(doors, path).status == 204


@pytest.mark.parametrize(("what", "methods"), [("stream", "GET"), ("snapshot", "GET, HEAD"), ("changes", "GET, HEAD")])
def test_preflights_are_answered_where_definitions_are_delivered(store: Store, what: str, methods: str) -> None:
    answer = preflight(DeliveryDoors(store, most=1), f"/api/environments/staging/{what}")
    assert (answer.status, answer.headers["access-control-allow-methods"]) == (204, methods)


@pytest.mark.parametrize("path", ["/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/checkout"])
def test_pages_may_ask_as_openfeature_does(doors: DecisionDoors, path: str) -> None:
    granted = preflight(doors, path)
    assert (granted.status, granted.headers["access-control-allow-methods"]) == (204, "POST")
    answers = [
        ask(doors, path, method="POST", headers={"X-API-Key": CLIENT_KEY, "Origin": origin}) for origin in (SHOP, EVIL)
    ]
    assert [(answer.status, answer.headers.get(ALLOWED)) for answer in answers] == [(200, SHOP), (403, None)]
    assert "allowed origins" in answers[1].json()["errorDetails"]


def test_pages_may_open_openfeatures_stream(store: Store) -> None:
    path, delivery = "/ofrep/v1/stream", DeliveryDoors(store, most=1)
    assert preflight(delivery, path).headers["access-control-allow-methods"] == "GET"
    answer = ask(delivery, path, "token=old", headers={"Origin": SHOP})
    assert (answer.status, answer.headers[ALLOWED], "errorCode" in answer.json()) == (401, SHOP, True)


def test_a_preflight_of_a_page_that_no_key_allows_is_refused(doors: DecisionDoors) -> None:
    answer = preflight(doors, origin=EVIL)
    assert (answer.status, answer.json()["code"], ALLOWED in answer.headers) == (403, "origin_not_allowed", False)


def test_options_that_are_no_preflight_are_no_question(doors: DecisionDoors) -> None:
    assert ask(doors, "/evaluate/checkout", method="OPTIONS", headers={"Origin": SHOP}).status == 405


@pytest.mark.parametrize("origin", ["https://shop.example\r\nX-Evil: 1", "https://shop example", "ü", "x" * 300])
def test_what_is_no_origin_is_not_written_back(store: Store, origin: str) -> None:
    store.put(snapshot_of(flag_document(), environment="open"))
    answer = ask(DecisionDoors(store), "/evaluate/checkout", "environment_key=open", headers={"Origin": origin})
    assert (answer.status, ALLOWED in answer.headers) == (200, False)


def test_what_is_too_long_for_an_origin_is_not_remembered() -> None:
    origins._lines_for.cache_clear()
    assert origins.lines_for(SHOP.encode() + b"x" * 1_000) == b""
    assert origins._lines_for.cache_info().currsize == 0
