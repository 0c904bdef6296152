"""Whom this process knows before it is known what is asked: the API keys of all environments, and pages' origins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.key_hash import ANY_ORIGIN
from evaluation.known_keys import KnownKey
from evaluation.snapshot import Address


@dataclass(frozen=True, slots=True)
class Callers:
    """`keys` by their hashes; `origins` of browsers that one of them allows, or `*`."""

    keys: Mapping[str, KnownKey] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()
    have_limits: bool = False  # one of the keys has a rate limit of its own

    def find(self, key_hash: str | None) -> KnownKey | None:
        """The key, unless it has expired."""
        key = self.keys.get(key_hash) if key_hash else None
        return None if key is None or key.has_expired else key

    def welcome(self, origin: str) -> bool:
        """Whether pages of this origin may ask anything here: with some key, or where none is needed."""
        return ANY_ORIGIN in self.origins or origin in self.origins


def callers_of(addresses: Iterable[Address]) -> Callers:
    keys: dict[str, KnownKey] = {}
    origins: set[str] = set()
    for address in addresses:
        keys.update(address.keys)
        origins.update([ANY_ORIGIN] if address.allows_keyless else [])
    origins.update(origin for key in keys.values() for origin in key.allowed_origins)
    return Callers(keys, frozenset(origins), any(key.rate_limit for key in keys.values()))
