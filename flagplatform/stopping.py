"""When this process is told to stop, said at once: uvicorn tells the application only once all answers are complete."""

import signal
import threading
from collections.abc import Callable
from typing import Any


def when_told_to_stop(then: Callable[[], None]) -> None:
    """Call this at SIGINT and SIGTERM, before whoever took them until now."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _before(signal.getsignal(number), then))


def _before(standing: Any, then: Callable[[], None]) -> Callable[[int, Any], None]:
    def told(number: int, frame: Any) -> None:
        then()
        if callable(standing):
            standing(number, frame)

    return told
