"""How API keys are made, changed, replaced and taken back."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, is_outdated, keep, require_valid
from accounts.errors import Conflict, Invalid, Outdated
from accounts.key_hash import ANY_ORIGIN, hash_of
from accounts.models import ApiKey, Environment, User
from accounts.origins import NoOrigin, origins_in
from accounts.policy import Action

__all__ = ["MAX_GRACE", "hash_of", "issue_key", "revoke_key", "rotate_key", "update_key"]

PREFIX_LENGTH = 16  # enough to tell keys apart; 220 random bits stay unseen
MAX_GRACE = 30 * 24 * 3600  # seconds that a replaced key may go on for
_PROPERTIES = ("name", "allowed_origins", "rate_limit", "expires_at")
_RANDOM_BYTES = 32


class KeyEnded(Conflict):
    """The key was revoked or has expired, and stays so."""

    code = "key_ended"


class KeyOutdated(Outdated):
    """The key was saved since the caller read it."""


def issue_key(environment: Environment, *, kind: str, name: str, by: User, **properties: Any) -> tuple[ApiKey, str]:
    """A new key for programs in this environment, and its text (`fp_server_…`, `fp_client_…`), shown this once.

    Properties: `allowed_origins` (any for client keys, none for server keys), `rate_limit` in requests per minute,
    `expires_at`. Raises Invalid.
    """
    key = ApiKey(environment=environment, kind=kind, name=name)
    key.allowed_origins = [ANY_ORIGIN] if kind == ApiKey.Kind.CLIENT else []
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=environment.project)
        hold(environment)
        return _saved(key, _checked(key, properties, timezone.now()))


def update_key(key: ApiKey, *, by: User, now: datetime, if_match: str | None = None, **fields: Any) -> ApiKey:
    """Change `name`, `allowed_origins`, `rate_limit`, `expires_at`. Raises KeyEnded, KeyOutdated, Invalid."""
    with change(by=by):
        _hold_living(key, by=by, now=now)
        if is_outdated(if_match, etag(key)):
            raise KeyOutdated(f"Key {key} was changed since you read it. Read it again and repeat your edit.")
        return edit(key, **_checked(key, keep(key, fields, "kind", "environment"), now))


def rotate_key(key: ApiKey, *, by: User, now: datetime, grace: int = 0) -> tuple[ApiKey, str]:
    """A new key with the properties of this one, and its text, shown this once; `key` goes on for `grace` seconds.

    Raises KeyEnded, Invalid.
    """
    if not 0 <= grace <= MAX_GRACE:
        raise _invalid("grace_seconds", f"Give 0 to {MAX_GRACE} seconds: for so long the old key works beside the new.")
    with change(by=by):
        _hold_living(key, by=by, now=now)
        properties = {name: getattr(key, name) for name in _PROPERTIES}
        made = _saved(ApiKey(environment=key.environment, kind=key.kind), properties)
        end = now + timedelta(seconds=grace)
        if grace:
            edit(key, expires_at=min(key.expires_at or end, end))
        else:
            edit(key, revoked_at=now)
    return made


def revoke_key(key: ApiKey, *, by: User, now: datetime) -> ApiKey:
    """Take a key back for good; one that was revoked before stays as it is."""
    with change(by=by):
        _hold(key, by=by)
        return key if key.revoked_at else edit(key, revoked_at=now)


def etag(key: ApiKey) -> str:
    """What If-Match is compared with."""
    return f'"{key.version}"'


def _saved(key: ApiKey, properties: dict[str, Any]) -> tuple[ApiKey, str]:
    text = f"fp_{key.kind}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
    key.prefix, key.key_hash = text[:PREFIX_LENGTH], hash_of(text)
    for name, value in properties.items():
        setattr(key, name, value)
    require_valid(key)
    key.save()
    return key, text


def _hold(key: ApiKey, *, by: User) -> None:
    policy.require(by, Action.MANAGE_ENVIRONMENTS, project=key.environment.project)
    hold(key)


def _hold_living(key: ApiKey, *, by: User, now: datetime) -> None:
    _hold(key, by=by)
    if not key.is_usable(now):
        raise KeyEnded(f"Key {key} was revoked or has expired. Issue a new one.")


def _checked(key: ApiKey, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The properties as they are stored. Raises Invalid."""
    found = dict(given)
    if "allowed_origins" in found:
        try:
            found["allowed_origins"] = origins_in(found["allowed_origins"])
        except NoOrigin as wrong:
            raise _invalid("allowed_origins", str(wrong)) from wrong
    if found.get("allowed_origins") and key.kind == ApiKey.Kind.SERVER:
        raise _invalid(
            "allowed_origins", "A server key does not belong into a browser. Leave this out, or use a client key."
        )
    expires_at = found.get("expires_at")
    if expires_at is not None and expires_at != key.expires_at and expires_at <= now:
        raise _invalid("expires_at", "Give a moment that is still to come, or revoke the key.")
    return found


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid("Some of the input is not valid; see fields.", fields={field: [sentence]})
