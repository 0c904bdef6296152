"""Who was told of a revision is answered from it, though the process learns of it only now."""

import asyncio
import threading
import time

import orjson
import pytest

from evaluation.doors import ofrep, waiting
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.ofrep_news import is_behind
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, flag_document
from evaluation.tests.ofrep import ALL, ONE, post, staging
from evaluation.usage import by_variant

AT = 1_771_622_898  # 2026-02-20T21:28:18Z


def at_seven() -> Snapshot:
    return staging(flag_document()).placed(0, AT * 1_000_000 + 999_999)


def at_eight() -> Snapshot:
    off = orjson.dumps(flag_document(enabled=False)).decode()
    return at_seven().advanced(8, {("flag", "checkout"): off}).placed(0, (AT + 5) * 1_000_000)


@pytest.mark.parametrize(
    ("name", "value", "behind"),
    [
        ("flagConfigEtag", "0.7", False),
        ("flagConfigEtag", "0.6", False),
        ("flagConfigEtag", "0.8", True),
        ("flagConfigEtag", "1.1", True),
        ("flagConfigEtag", "", False),
        ("flagConfigEtag", "abc", False),
        ("flagConfigEtag", "0." + "9" * 5_000, False),
        ("flagConfigLastModified", str(AT), False),
        ("flagConfigLastModified", str(AT + 1), True),
        ("flagConfigLastModified", "2026-02-20T21:28:18Z", False),
        ("flagConfigLastModified", "2026-02-20T21:28:19Z", True),
        ("flagConfigLastModified", "2026-02-20T21:28:19", True),
        ("flagConfigLastModified", "yesterday", False),
        ("flagConfigLastModified", "9" * 5_000, False),
        ("flagConfigLastModified", "0001-01-01T00:00:00+23:59", False),
        ("other", "0.8", False),
    ],
)
def test_what_the_caller_knows_is_compared_with_what_is_served(name: str, value: str, behind: bool) -> None:
    assert is_behind(at_seven(), {name: value}) is behind


def test_a_configuration_of_unknown_age_is_not_behind() -> None:
    assert not is_behind(staging(flag_document()), {"flagConfigLastModified": str(AT)})


def asked_while(store: Store, later: Snapshot, query: str) -> tuple[Answer, float]:
    """The answer, and after how many seconds it came; `later` comes 0.2 seconds after the question."""
    threading.Timer(0.2, store.put, [later]).start()
    begun = time.monotonic()
    return post(DecisionDoors(store), query=query), time.monotonic() - begun


def test_a_question_waits_for_the_revision_that_it_names() -> None:
    store = Store()
    store.put(at_seven())
    answer, _ = asked_while(store, at_eight(), "flagConfigEtag=0.8")
    assert (answer.json()["metadata"]["revision"], answer.json()["flags"][0]["value"]) == (8, False)


def test_it_does_not_wait_for_ever_and_is_not_told_that_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofrep, "PATIENCE", 0.1)
    store = Store()
    store.put(at_seven())
    found = DecisionDoors(store)
    tag = post(found, body=b"").headers["ETag"]
    headers = {"X-API-Key": "fp_server_a", "If-None-Match": tag}
    assert ask(found, ALL, "flagConfigEtag=0.7", method="POST", headers=headers).status == 304
    assert ask(found, ALL, "flagConfigEtag=0.9", method="POST", headers=headers).status == 200


@pytest.mark.parametrize(("revision", "most"), [(8, 1_000), (9, 1_000), (9, 0)], ids=["news", "no news", "no room"])
def test_a_question_that_waits_is_counted_once(monkeypatch: pytest.MonkeyPatch, revision: int, most: int) -> None:
    monkeypatch.setattr(ofrep, "PATIENCE", 0.3)
    monkeypatch.setattr(waiting, "MOST", most)
    store = Store()
    store.put(at_seven())
    asked_while(store, at_eight(), f"flagConfigEtag=0.{revision}")
    assert sum(count for _, count in by_variant(store.usage.take())) == 1


def test_a_question_that_waited_in_vain_waits_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ofrep, "PATIENCE", 0.01)
    store = Store()
    store.replace([at_seven()], confirmed=True)
    found = DecisionDoors(store)
    for _ in range(4):
        begun = time.monotonic()
        assert post(found, query="flagConfigEtag=0.9").status == 200
        assert time.monotonic() - begun > 0.01
    assert len(store.again) == 0


@pytest.mark.parametrize(("path", "key"), [(ALL, None), (ALL, "fp_server_wrong"), (ONE + "checkout", "fp_server_a")])
def test_nobody_else_waits(path: str, key: str | None) -> None:
    store = Store()
    store.put(at_seven())

    def never(_: float) -> None:
        raise AssertionError("waited")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "timeout", never)
        assert post(DecisionDoors(store), path, "flagConfigEtag=0.9", key=key).status in (200, 401)
