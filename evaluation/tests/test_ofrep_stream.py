"""OFREP's stream tells clients to ask again, for a token that the answer for all flags gave them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
import time_machine

from evaluation import stream_tokens
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.delivery import DeliveryDoors
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import ask, flag_document, known
from evaluation.tests.ofrep import SERVER_KEY, post, staging
from evaluation.tests.test_stream_door import Reader, until

NOW = 1_800_000_000  # the beginning of a window
STREAM = "/ofrep/v1/stream"


class Client(Reader):
    """One that reads the stream at this address, without any key."""

    def __init__(self, doors: DeliveryDoors, address: str, **headers: str) -> None:
        super().__init__(doors, **headers)
        path, _, query = address.partition("?")
        self.scope.update(path=path, query_string=query.encode())
        named = [(name, value) for name, value in self.scope["headers"] if name != b"x-api-key"]  # type: ignore[union-attr]
        self.scope["headers"] = named

    def told(self) -> list[dict[str, Any]]:
        lines = self.text().splitlines()
        return [orjson.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]

    def status(self) -> int:
        return int(self.sent[0]["status"]) if self.sent else 0


Test = Callable[[Store, DeliveryDoors], Awaitable[None]]


def streaming(test: Test, **address: Any) -> None:
    """Run the test in an event loop, with an environment at revision 7."""

    async def run() -> None:
        store = Store()
        store.put(staging(flag_document(), **address).placed(0, NOW * 1_000_000))
        doors = DeliveryDoors(store, most=2)
        doors.open()
        await test(store, doors)
        doors.close()

    asyncio.run(run())


def served(store: Store) -> Snapshot:
    found = store.get("id-staging")
    assert found
    return found


def edited(store: Store, revision: int) -> Snapshot:
    changes = {("flag", str(revision)): orjson.dumps(flag_document(str(revision))).decode()}
    return served(store).advanced(revision, changes).placed(0, (NOW + revision) * 1_000_000)


async def address_for(store: Store, *, key: str | None = SERVER_KEY) -> str:
    """Where the answer for all flags sends the caller to."""
    query = "" if key else "environment_key=staging"
    answer = await asyncio.to_thread(post, DecisionDoors(store), query=query, key=key)
    found: str = answer.json()["eventStreams"][0]["endpoint"]["requestUri"]
    return found


@pytest.mark.parametrize("key", [SERVER_KEY, None])
def test_who_has_the_newest_answer_is_told_of_the_next_one(key: str | None) -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        client = Client(doors, await address_for(store, key=key))
        await until(lambda: "welcome" in client.text())
        assert client.told() == []
        store.put(edited(store, 8))
        await until(lambda: client.told() == [{"type": "refetchEvaluation", "etag": "0.8", "lastModified": NOW + 8}])
        assert "\nid: 0.8\n" in client.text()

    streaming(test)


def test_what_changed_before_the_stream_was_opened_is_told_at_once() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        address = await address_for(store)
        store.put(edited(store, 8))
        client = Client(doors, address)
        await until(lambda: [each["etag"] for each in client.told()] == ["0.8"])

    streaming(test)


def test_who_comes_back_is_told_what_is_newer_than_the_last_event() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        address = await address_for(store)
        store.put(edited(store, 8))
        client = Client(doors, address, Last_Event_ID="0.8")
        await until(lambda: "welcome" in client.text())
        store.put(edited(store, 9))
        await until(lambda: [each["etag"] for each in client.told()] == ["0.9"])

    streaming(test)


def test_an_open_stream_goes_on_when_its_token_expires() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        with time_machine.travel(NOW, tick=True) as clock:
            address = await address_for(store)
            client = Client(doors, address)
            await until(lambda: "welcome" in client.text())
            clock.move_to(NOW + 3_600)
            store.put(edited(store, 8))
            await until(lambda: len(client.told()) == 1)
            late = Client(doors, address)
            await until(late.task.done)
            assert late.status() == 401

    streaming(test)


def test_a_revoked_key_ends_its_streams_and_its_tokens() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        address = await address_for(store)
        client = Client(doors, address)
        await until(lambda: "welcome" in client.text())
        store.put(served(store).moved(replace(served(store).address, keys={})))
        await until(client.task.done)
        again = Client(doors, address)
        await until(again.task.done)
        assert again.status() == 401

    streaming(test)


def test_a_stream_counts_for_the_key_that_its_token_was_given_for() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        limited = replace(served(store).address, keys=known(SERVER_KEY, rate_limit=10))
        store.put(served(store).moved(limited))
        client = Client(doors, await address_for(store))
        await until(lambda: bool(client.sent))
        assert dict(client.sent[0]["headers"])[b"x-ratelimit-remaining"] == b"9"
        forged = Client(doors, STREAM + "?token=forged")
        await until(lambda: bool(forged.sent))
        assert b"x-ratelimit-remaining" not in dict(forged.sent[0]["headers"])

    streaming(test)


def test_an_environment_that_is_closed_ends_the_streams_of_who_has_no_key() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        client = Client(doors, await address_for(store, key=None))
        await until(lambda: "welcome" in client.text())
        store.put(served(store).moved(replace(served(store).address, allows_keyless=False)))
        await until(client.task.done)

    streaming(test)


def test_a_full_process_says_so_in_the_protocols_shape() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        address = await address_for(store)
        clients = [Client(doors, address) for _ in range(2)]
        await until(lambda: all("welcome" in client.text() for client in clients))
        third = Client(doors, address)
        await until(third.task.done)
        assert (third.status(), orjson.loads(third.text())["errorCode"]) == (503, "GENERAL")
        for client in clients:
            client.left.set()
            await until(client.task.done)

    streaming(test)


def test_a_token_opens_only_the_stream_of_its_own_environment() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        other = stream_tokens.token_for("id-production", "")
        client = Client(doors, f"{STREAM}?token={other}")
        await until(client.task.done)
        assert client.status() == 401

    streaming(test)


@pytest.mark.parametrize("query", ["", "token=", "token=x", "token=a:b:c", "token=%FF", "token=W10:1xUqJD:x", "x=1"])
def test_without_a_good_token_there_is_no_stream(query: str) -> None:
    doors = DeliveryDoors(Store(), most=1)
    answer = ask(doors, STREAM, query, headers={"X-API-Key": SERVER_KEY})
    assert answer.status == (400 if "%FF" in query else 401)
    assert {"errorCode", "errorDetails"} <= answer.json().keys()


def test_another_method_is_told_which_one_to_use() -> None:
    answer = ask(DeliveryDoors(Store(), most=1), STREAM, method="POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_a_token_is_the_same_for_a_while_and_good_for_five_to_ten_minutes() -> None:
    with time_machine.travel(NOW + 1, tick=False) as clock:
        token = stream_tokens.token_for("environment", "key")
        clock.move_to(NOW + 299)
        assert stream_tokens.token_for("environment", "key") == token
        clock.move_to(NOW + 300)
        assert stream_tokens.token_for("environment", "key") != token
        clock.move_to(NOW + 599)
        assert stream_tokens.read(token) == ("environment", "key")
        clock.move_to(NOW + 600)
        with pytest.raises(stream_tokens.BadToken):
            stream_tokens.read(token)


def test_a_token_cannot_be_made_for_another_key() -> None:
    token = stream_tokens.token_for("environment", "key")
    other = stream_tokens.token_for("environment", "other")
    forged = ":".join([other.split(":")[0], *token.split(":")[1:]])
    with pytest.raises(stream_tokens.BadToken):
        stream_tokens.read(forged)
