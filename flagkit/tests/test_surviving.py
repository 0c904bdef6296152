"""The threads of a client outlive what no server should send and errors that nobody thought of."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from flagkit.client.configuration import BadConfiguration
from flagkit.client.fetching import fetch
from flagkit.client.following import Follower
from flagkit.client.held import Held
from flagkit.client.options import Options
from flagkit.client.status import State
from flagkit.client.transport import Answer, Transport
from flagkit.tests.documents import flag
from flagkit.tests.wire import body

OURS = body(flag())
DIGEST = f"sha-256=:{base64.b64encode(hashlib.sha256(OURS).digest()).decode()}:"


class Line(Transport):
    """In place of a network: the first snapshot is what is given, the first stream breaks, later ones are in order."""

    def __init__(self, first: Callable[[], Answer]) -> None:
        self.firsts = [first]
        self.streams = 0
        self.streamed_again = threading.Event()

    def get(self, what: str, *, tag: str = "", **query: int) -> Answer:
        return self.firsts.pop()() if self.firsts else Answer(200, {"content-digest": DIGEST}, OURS)

    @contextmanager
    def stream(self, *_: Any, **__: Any) -> Iterator[Iterator[bytes]]:
        self.streams += 1
        if self.streams == 1:
            raise RuntimeError("no such thing")
        self.streamed_again.set()
        yield iter(())


def broken() -> Answer:
    raise RuntimeError("no such thing")


def odd() -> Answer:
    return Answer(200, {"content-digest": "sha-256=:²:"}, OURS)


def test_a_digest_of_odd_letters_is_a_wrong_one() -> None:
    with pytest.raises(BadConfiguration, match="digest"):
        fetch(Line(odd), None)


@pytest.mark.parametrize("first", [broken, odd])
def test_fetching_and_listening_go_on(first: Callable[[], Answer], caplog: pytest.LogCaptureFixture) -> None:
    held, line = Held(), Line(first)
    follower = Follower(line, held, Options(longest_backoff=0.01, poll=0.01), None)
    follower.start()
    assert held.wait(5)
    assert line.streamed_again.wait(5)
    follower.stop(within=5)
    assert held.state() is State.READY
    assert "no such thing" in caplog.text
