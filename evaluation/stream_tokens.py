"""Tokens by which an event stream is asked for that can send no headers, as a browser's EventSource cannot.

A token stands for the API key that it was given for (or for nobody, where an environment answers without one), in one
environment, and can be shown for ten minutes. It is worth nothing without its key: who takes a token asks whether the
key is still good. All who show the same key within one window of five minutes are given the same token, and a token of
the window before can still be shown.
"""

import time
from functools import lru_cache

from django.core import signing

WINDOW = 300  # seconds
_LIFE = 2 * WINDOW
_SALT = "evaluation.stream_tokens"


class BadToken(ValueError):
    """The token is not one of ours, or was given too long ago."""


def window() -> int:
    """The number of the window that it is now."""
    return int(time.time()) // WINDOW


def token_for(environment_id: str, key_hash: str) -> str:
    """A token that can be shown until the next window ends; `key_hash` is empty for who has no key."""
    return _signed(environment_id, key_hash, window())


def read(token: str) -> tuple[str, str]:
    """The id of the environment and the hash of the key. Raises BadToken."""
    try:
        environment_id, key_hash = signing.loads(token, salt=_SALT, max_age=_LIFE)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadToken(str(error)) from error
    return environment_id, key_hash


@lru_cache(maxsize=1024)
def _signed(environment_id: str, key_hash: str, _: int) -> str:
    """Signed once in a window: it takes longer than evaluating all flags."""
    return signing.dumps([environment_id, key_hash], salt=_SALT)
