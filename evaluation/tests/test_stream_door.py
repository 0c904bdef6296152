"""A stream announces the newest revision to whoever may know it, and keeps nobody else waiting."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from evaluation.doors import stream
from evaluation.doors.delivery import DeliveryDoors
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import flag_document, known, snapshot_of
from evaluation.tests.test_definitions_door import KEYS, SERVER_KEY, staging


class Reader:
    """One caller of a stream in this event loop."""

    def __init__(self, doors: DeliveryDoors, **headers: str) -> None:
        named = {"X-API-Key": SERVER_KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/environments/staging/stream",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        }
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.left = asyncio.Event()
        self.task = asyncio.ensure_future(doors(self.scope, self._receive, self._send))
        self._asked = False

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b""}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)

    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    def revisions(self) -> list[int]:
        data = [line.removeprefix("data: ") for line in self.text().splitlines() if line.startswith("data: ")]
        return [orjson.loads(each)["revision"] for each in data]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def streaming(test: Callable[[Store, DeliveryDoors], Awaitable[None]], *, most: int = 10) -> None:
    """Run the test in an event loop, with an environment at revision 7."""

    async def run() -> None:
        store = Store()
        store.put(staging(flag_document()))
        doors = DeliveryDoors(store, most=most)
        doors.open()
        await test(store, doors)
        doors.close()

    asyncio.run(run())


def advanced(store: Store, revision: int) -> Snapshot:
    found = store.get("id-staging")
    assert found
    return found.advanced(revision, {("flag", str(revision)): orjson.dumps(flag_document(str(revision))).decode()})


def test_the_newest_revision_comes_at_once_then_each_new_one() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.revisions() == [7])
        store.put(advanced(store, 8))
        await until(lambda: reader.revisions() == [7, 8])
        assert 'event: revision\nid: 0.8\ndata: {"environment":"staging","epoch":0,"revision":8}\n\n' in reader.text()
        headers = dict(reader.sent[0]["headers"])
        assert headers[b"content-type"] == b"text/event-stream"
        assert (headers[b"cache-control"], headers[b"x-accel-buffering"]) == (b"no-store", b"no")

    streaming(test)


def test_those_who_may_be_cut_together_are_told_to_return_apart() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        readers = [Reader(doors) for _ in range(50)]
        await until(lambda: all("welcome" in reader.text() for reader in readers))
        told = [int(reader.text().split("retry: ")[1].split()[0]) for reader in readers]
        assert stream.RETRY[0] <= min(told) < max(told) <= stream.RETRY[1]
        assert len(set(told)) > 25

    streaming(test, most=50)


@pytest.mark.parametrize(("last", "told"), [("0.7", []), ("0.9", []), ("0.6", [7]), ("7", [7]), ("x", [7]), ("", [7])])
def test_who_resumes_is_told_only_what_is_newer(last: str, told: list[int]) -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors, Last_Event_ID=last)
        await until(lambda: "welcome" in reader.text())
        await asyncio.sleep(0)
        store.put(advanced(store, 10))
        await until(lambda: reader.revisions() == [*told, 10])

    streaming(test)


def test_a_later_epoch_is_news_whatever_its_revision() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors, Last_Event_ID="0.9")
        await until(lambda: "welcome" in reader.text())
        store.put(advanced(store, 3).placed(1, 1))
        await until(lambda: reader.revisions() == [3])

    streaming(test)


def test_news_from_another_thread_arrives() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.revisions() == [7])
        threading.Thread(target=lambda: store.put(advanced(store, 8))).start()
        await until(lambda: reader.revisions() == [7, 8])

    streaming(test)


def test_news_of_another_environment_is_not_told() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.revisions() == [7])
        store.put(snapshot_of(flag_document(), environment="production", revision=3))
        store.put(advanced(store, 8))
        await until(lambda: 8 in reader.revisions())
        assert reader.revisions() == [7, 8]

    streaming(test)


def test_who_reads_slowly_gets_the_newest_and_nothing_is_kept_for_it() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        slow, quick = Reader(doors), Reader(doors)
        await until(lambda: slow.revisions() == quick.revisions() == [7])
        slow.reads.clear()
        for revision in range(8, 20):
            store.put(advanced(store, revision))
            await until(lambda: quick.revisions()[-1] == revision)  # noqa: B023 - waited for within the loop
        slow.reads.set()
        await until(lambda: slow.revisions()[-1] == 19)
        assert slow.revisions() == [7, 8, 19]

    streaming(test)


def test_who_does_not_read_at_all_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        stuck, quick = Reader(doors), Reader(doors)
        await until(lambda: stuck.revisions() == quick.revisions() == [7])
        stuck.reads.clear()
        store.put(advanced(store, 8))
        await until(stuck.task.done)
        assert quick.revisions() == [7, 8]
        assert not quick.task.done()

    monkeypatch.setattr(stream, "PATIENCE", 0.05)
    streaming(test)


def test_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.text().count(": here\n\n") >= 2)

    monkeypatch.setattr(stream, "HEARTBEAT", 0.01)
    streaming(test)


def test_a_page_that_the_key_allows_may_read_a_stream() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        keys = known(SERVER_KEY, allowed_origins=("https://shop.example",))
        store.put(advanced(store, 7).moved(replace(advanced(store, 7).address, keys=keys)))
        reader, stranger = Reader(doors, Origin="https://shop.example"), Reader(doors, Origin="https://evil.example")
        await until(lambda: bool(reader.sent) and bool(stranger.sent))
        assert dict(reader.sent[0]["headers"])[b"access-control-allow-origin"] == b"https://shop.example"
        assert stranger.sent[0]["status"] == 403

    streaming(test)


def test_an_open_stream_counts_as_one_request() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        store.put(advanced(store, 7).moved(replace(advanced(store, 7).address, keys=known(SERVER_KEY, rate_limit=2))))
        first = Reader(doors)
        await until(lambda: first.revisions() == [7])
        store.put(advanced(store, 8))
        await until(lambda: first.revisions() == [7, 8])
        second, third = Reader(doors), Reader(doors)
        await until(lambda: bool(second.sent) and bool(third.sent))
        told = [dict(reader.sent[0]["headers"])[b"x-ratelimit-remaining"] for reader in (first, second, third)]
        assert told == [b"1", b"0", b"0"]
        assert [reader.sent[0]["status"] for reader in (first, second, third)] == [200, 200, 429]

    streaming(test)


def test_a_stream_ends_when_its_key_is_revoked() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.revisions() == [7])
        standing = store.get("id-staging")
        assert standing
        store.put(standing.moved(replace(standing.address, keys={})))
        await until(reader.task.done)
        assert reader.sent[-1] == {"type": "http.response.body", "body": b""}

    streaming(test)


def test_a_stream_ends_when_its_environment_is_gone() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        reader = Reader(doors)
        await until(lambda: reader.revisions() == [7])
        store.replace([snapshot_of(flag_document(), environment="production", keys=KEYS)], confirmed=True)
        await until(reader.task.done)

    streaming(test)


def test_nothing_is_left_of_a_reader_who_left() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        readers = [Reader(doors) for _ in range(5)]
        await until(lambda: all(reader.revisions() == [7] for reader in readers))
        assert len(doors._hub) == 5
        for reader in readers:
            reader.left.set()
        await until(lambda: all(reader.task.done() for reader in readers))
        assert (len(doors._hub), len(asyncio.all_tasks())) == (0, 2)  # this test and the hub

    streaming(test)


def test_closing_ends_every_stream_as_complete() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        readers = [Reader(doors) for _ in range(5)]
        await until(lambda: all(reader.revisions() == [7] for reader in readers))
        doors.close_soon()
        await until(lambda: all(reader.task.done() for reader in readers))
        assert all(reader.sent[-1] == {"type": "http.response.body", "body": b""} for reader in readers)

    streaming(test)


def test_more_streams_than_the_process_takes_are_refused() -> None:
    async def test(store: Store, doors: DeliveryDoors) -> None:
        first = Reader(doors)
        await until(lambda: first.revisions() == [7])
        second = Reader(doors)
        await until(second.task.done)
        assert second.sent[0]["status"] == 503
        assert (b"retry-after", b"30") in second.sent[0]["headers"]

    streaming(test, most=1)
