"""What became of a client's events, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Since the client began. `waiting` are not sent yet, or not answered.

    `sent` were answered, each as `accepted`, `duplicate` (the server had it already) or `rejected`. Among the rejected
    are also those that could not be sent: not well-formed, or refused as a whole. `dropped` found the queue full, or
    were still waiting when the client was closed.
    """

    waiting: int = 0
    sent: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    dropped: int = 0


NONE = EventCounts()
