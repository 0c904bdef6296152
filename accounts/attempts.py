"""How often somebody may try to sign in: ten times a minute for each e-mail and address, by whichever door.

Whoever gets in is not counted, and many people behind one address do not use up each other's attempts. While the cache
is away nobody is refused.
"""

import functools
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.cache import cache
from django.http import HttpRequest

from accounts.client_address import TrustedProxies
from accounts.errors import TooMany
from accounts.key_hash import hash_of
from accounts.models import User

LIMIT = 10  # attempts in each minute of the clock
_MINUTE = 60


class TooManyAttempts(TooMany):
    """Somebody guesses, or has forgotten."""

    code = "too_many_attempts"


class CountedSignIn(ModelBackend):
    """Django's way to verify e-mail and password, for every door that names the request it comes from."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **given: Any
    ) -> User | None:
        """Raises TooManyAttempts."""
        email = username if username is not None else given.get(User.USERNAME_FIELD)
        if request is None or email is None:
            return self._verified(request, username, password, **given)
        name = _name(request, email)
        _count(name)
        user = self._verified(request, username, password, **given)
        if user is not None:
            cache.delete(name)
        return user

    def _verified(self, *credentials: Any, **given: Any) -> User | None:
        user = super().authenticate(*credentials, **given)
        return user if isinstance(user, User) else None


def _count(name: str) -> None:
    cache.add(name, 0, timeout=2 * _MINUTE)
    try:
        attempts = cache.incr(name) or 0
    except ValueError:
        return  # forgotten by the cache since the line before
    if attempts > LIMIT:
        wait = _MINUTE - int(time() % _MINUTE)
        raise TooManyAttempts(f"Too many attempts to sign in. Try again in {wait} seconds.", retry_after=wait)


def _name(request: HttpRequest, email: str) -> str:
    """What the cache counts under: no e-mail can be read out of it."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    caller = _proxies(tuple(settings.TRUSTED_PROXIES)).caller(request.META.get("REMOTE_ADDR", ""), forwarded)
    return f"sign-in:{int(time() // _MINUTE)}:{hash_of(f'{caller} {email.casefold()}')}"


@functools.cache
def _proxies(networks: tuple[str, ...]) -> TrustedProxies:
    return TrustedProxies(networks)
