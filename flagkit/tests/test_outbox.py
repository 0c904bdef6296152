"""Events that wait to be sent, and those who press for them."""

import threading
import time

from flagkit.client.events.outbox import Outbox


def test_each_pressing_ends_a_rest_also_without_a_new_event() -> None:
    outbox = Outbox(10, 10)
    outbox.put(b"{}")
    outbox.press(0)
    resting = threading.Thread(target=outbox.rest, args=(60,), kwargs={"through_pressing": False}, daemon=True)
    resting.start()
    until = time.monotonic() + 5
    while resting.is_alive() and time.monotonic() < until:
        outbox.press(0.01)
    assert not resting.is_alive()
