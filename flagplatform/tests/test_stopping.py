"""A process that is told to stop hears of it before its server does."""

import os
import signal

import pytest

from flagplatform.stopping import when_told_to_stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_we_are_called_first_and_the_standing_handler_after(number: signal.Signals) -> None:
    told: list[str] = []
    standing = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(number, lambda *_: told.append("server"))
    try:
        when_told_to_stop(lambda: told.append("we"))
        os.kill(os.getpid(), number)
    finally:
        for each, handler in standing.items():
            signal.signal(each, handler)
    assert told == ["we", "server"]
