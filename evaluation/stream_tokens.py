"""Tokens by which an event stream is asked for that can send no headers, as a browser's EventSource cannot.

A token stands for the API key that it was given for (or for nobody, where an environment answers without one), in one
environment. It can be shown in the window of five minutes in which it was given, and in the next one. It is worth
nothing without its key: who takes a token asks whether the key is still good. Every process gives the same token in the
same window, so that clients see the same address wherever they ask.
"""

import time
from functools import lru_cache

from django.core import signing

WINDOW = 300  # seconds
_SALT = "evaluation.stream_tokens"


class BadToken(ValueError):
    """The token is not one of ours, or was given too long ago."""


def window() -> int:
    """The number of the window that it is now."""
    return int(time.time()) // WINDOW


def end_of(number: int) -> float:
    """When the window of this number ends, in seconds since 1970."""
    return float((number + 1) * WINDOW)


def token_for(environment_id: str, key_hash: str) -> str:
    """A token that can be shown until the next window ends; `key_hash` is empty for who has no key."""
    return _signed(environment_id, key_hash, window())


def read(token: str) -> tuple[str, str]:
    """The id of the environment and the hash of the key. Raises BadToken."""
    try:
        environment_id, key_hash, given_in = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadToken(str(error)) from error
    if window() - given_in > 1:
        raise BadToken("it was given too long ago")
    return environment_id, key_hash


@lru_cache(maxsize=1024)
def _signed(environment_id: str, key_hash: str, given_in: int) -> str:
    """Signed once in a window: it takes longer than evaluating all flags."""
    return signing.Signer(salt=_SALT).sign_object([environment_id, key_hash, given_in])
