"""How long to wait before trying again: longer each time, never in step with others, never longer than a bound."""

import random


class Backoff:
    """Delays of `first`, twice that, and so on up to `longest`, drawn from the share `least` of each to all of it."""

    def __init__(self, first: float = 0.5, longest: float = 30.0, *, least: float = 0.5) -> None:
        self._first, self._longest, self._least = first, longest, least
        self._tries = 0

    def next(self) -> float:
        delay = min(self._longest, self._first * float(2 ** min(self._tries, 30)))
        self._tries += 1
        return delay * random.uniform(self._least, 1)  # noqa: S311 - spreads clients, keeps no secret

    def reset(self) -> None:
        self._tries = 0


def around(seconds: float) -> float:
    """The period, give or take a fifth, so that clients do not ask in step."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - spreads clients, keeps no secret
