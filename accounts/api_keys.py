"""How API keys are made and taken back."""

import secrets
from datetime import datetime

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, require_valid
from accounts.key_hash import ANY_ORIGIN, hash_of
from accounts.models import ApiKey, Environment, User
from accounts.policy import Action

__all__ = ["hash_of", "issue_key", "revoke_key"]

PREFIX_LENGTH = 16  # enough to tell keys apart; 220 random bits stay unseen

_RANDOM_BYTES = 32


def issue_key(environment: Environment, *, kind: str, name: str, by: User) -> tuple[ApiKey, str]:
    """A new key for programs in this environment, and its text (`fp_server_…`, `fp_client_…`), shown this once."""
    text = f"fp_{kind}_{secrets.token_urlsafe(_RANDOM_BYTES)}"
    key = ApiKey(environment=environment, kind=kind, name=name, prefix=text[:PREFIX_LENGTH], key_hash=hash_of(text))
    key.allowed_origins = [ANY_ORIGIN] if kind == ApiKey.Kind.CLIENT else []  # a server key is not for browsers
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=environment.project)
        hold(environment)
        require_valid(key)
        key.save()
    return key, text


def revoke_key(key: ApiKey, *, by: User, now: datetime) -> ApiKey:
    """Take a key back for good; one that was revoked before stays as it is."""
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=key.environment.project)
        hold(key)
        return key if key.revoked_at else edit(key, revoked_at=now)
