"""What evaluation knows of an API key: everything but its text."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.key_hash import ANY_ORIGIN

SERVER, CLIENT = "server", "client"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was not revoked; `hash` is that of its text.

    `allowed_origins` names those of browsers as they send them, or `*` for any. `rate_limit` counts requests per
    minute, None: as the installation has it. `expires_at` is in seconds since 1970, None: never.
    """

    hash: str
    kind: str
    allowed_origins: tuple[str, ...] = ()
    rate_limit: int | None = None
    expires_at: float | None = None

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()


def known_keys(entries: Iterable[Mapping[str, Any]]) -> dict[str, KnownKey]:
    """The keys by hash, of entries with the fields of a KnownKey."""
    keys = (KnownKey(**{**entry, "allowed_origins": tuple(entry["allowed_origins"])}) for entry in entries)
    return {key.hash: key for key in keys}


def keys_of_kinds(kinds: Mapping[str, str]) -> dict[str, KnownKey]:
    """The keys by hash where only their kinds were kept, by hash: client keys are good for any browser."""
    return {text: KnownKey(text, kind, (ANY_ORIGIN,) if kind == CLIENT else ()) for text, kind in kinds.items()}
