"""What the callers of all environments have in common, known before it is known what one of them asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.key_hash import ANY_ORIGIN
from evaluation.snapshot import Address


@dataclass(frozen=True, slots=True)
class Callers:
    """`origins` are those of pages that some API key allows, or `*`."""

    origins: frozenset[str] = frozenset()
    have_limits: bool = False  # one of the keys has a rate limit of its own

    def welcome(self, origin: str) -> bool:
        """Whether pages of this origin may ask anything here: with some key, or where none is needed."""
        return ANY_ORIGIN in self.origins or origin in self.origins


def callers_of(addresses: Iterable[Address]) -> Callers:
    addresses = list(addresses)
    keys = [key for address in addresses for key in address.keys.values()]
    origins = {origin for key in keys for origin in key.allowed_origins}
    if any(address.allows_keyless for address in addresses):
        origins.add(ANY_ORIGIN)
    return Callers(frozenset(origins), any(key.rate_limit for key in keys))
