"""What a client does with events: forms them, remembers exposures, and hands them to who sends or records them."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flagkit.client.events import forming, recording
from flagkit.client.events.counts import EventCounts
from flagkit.client.events.ids import new_id
from flagkit.client.events.remembered import Remembered
from flagkit.client.events.sending import Sender
from flagkit.client.events.tally import Tally
from flagkit.client.subject import KEYS, Subject, context_of

_RECORDED = 10_000  # the newest, where there is no server


class Tracker:
    """Without a sender, events are only recorded. Whatever it is given, it never raises.

    `given` are the fields that every event has: event_id, user_key, at and attributes.
    """

    def __init__(self, make_sender: Callable[[], Sender] | None = None) -> None:
        self._make_sender = make_sender
        self._sender = make_sender() if make_sender else None
        self._tally = self._sender.tally if self._sender else Tally()
        self._remembered = Remembered()
        self.recorded: deque[dict[str, Any]] = deque(maxlen=_RECORDED)

    def renewed(self) -> "Tracker":
        """For the child after a fork: what waits here is the parent's to send."""
        return Tracker(self._make_sender)

    def metric(self, name: object, value: object, **given: object) -> None:
        self._guard(lambda: self._put(forming.metric(name, value), given))

    def exposure(self, experiment: object, flag: object, variant: object, **given: object) -> None:
        """Once a day for each subject; one with an id or an instant of its own, and one for a test, is always told."""
        self._guard(lambda: self._expose(forming.exposure(experiment, flag, variant), given))

    def saw(self, variant: str, subject: Subject, *, experiment: str | None, flag: str | None = None) -> None:
        """The same for what was just answered, with what is told of the subject as far as events can carry it."""
        self._guard(lambda: self._expose(forming.exposure(experiment, not experiment and flag, variant), _of(subject)))

    def counts(self) -> EventCounts:
        return self._sender.counts() if self._sender else self._tally.counts()

    def flush(self, timeout: float) -> bool:
        return self._sender is None or self._sender.flush(timeout)

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close(self._sender.patience)

    def _expose(self, own: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        is_always_told = given["event_id"] is not None or given["at"] is not None or recording.into is not None
        exposure = (*own.items(), forming.user_of(given["user_key"]), datetime.now(UTC).date())
        if is_always_told:
            self._put(own, given)
        elif exposure not in self._remembered and self._put(own, given):
            self._remembered.add(exposure)

    def _put(self, own: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
        event_id = new_id() if given["event_id"] is None else given["event_id"]
        event = forming.written(own, **{**given, "event_id": event_id})
        if self._sender is not None and recording.into is None:
            return self._sender.put(event)
        found = json.loads(event)
        self.recorded.append(found)
        if recording.into is not None:
            recording.into.append(found)
        return True

    def _guard(self, work: Callable[[], object]) -> None:
        try:
            work()
        except forming.BadEvent as error:
            self._tally.reject("malformed", str(error))
        except Exception as error:  # whatever the caller's own objects do
            self._tally.reject("malformed", f"{type(error).__name__} was raised while it was written")


def _of(subject: Subject) -> dict[str, Any]:
    context = context_of(subject)
    attributes = {name: value for name, value in forming.told(context.attributes).items() if name not in KEYS}
    return {"event_id": None, "user_key": context.key, "at": None, "attributes": attributes}
