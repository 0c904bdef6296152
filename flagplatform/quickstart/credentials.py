"""The quickstart's own admin and keys: made when they are missing, and told only while they work."""

import secrets
from dataclasses import replace

from accounts.api_keys import hash_of, issue_key
from accounts.models import ApiKey, Environment, Role, User
from flagplatform.quickstart.record import Record

ADMIN = "admin@example.com"
ENVIRONMENT = "development"  # what the keys are for


def working(kept: Record) -> Record:
    """The credentials of `kept` that still work, and new ones for what this database never had.

    None stands for a password that was changed, a key that was revoked, and an installation that has its own admins.
    """
    email, password = _admin(kept.admin_password)
    by = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("created_at").first()
    server, client = (_key(kind, text, by) for kind, text in _kept_keys(kept).items())
    return replace(kept, admin_email=email, admin_password=password, server_key=server, client_key=client)


def remembered(kept: Record, now: Record) -> Record:
    """What to keep for the next start: a credential that does not work here may work in another database."""
    return replace(
        now,
        admin_password=now.admin_password or kept.admin_password,
        server_key=now.server_key or kept.server_key,
        client_key=now.client_key or kept.client_key,
    )


def _kept_keys(kept: Record) -> dict[ApiKey.Kind, str | None]:
    return {ApiKey.Kind.SERVER: kept.server_key, ApiKey.Kind.CLIENT: kept.client_key}


def _admin(kept: str | None) -> tuple[str | None, str | None]:
    user = User.objects.filter(email=ADMIN).first()
    if user is not None:
        works = kept and user.is_active and user.role == Role.ADMIN and user.check_password(kept)
        return ADMIN, kept if works else None
    if User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        return None, None
    password = kept or secrets.token_urlsafe(12)
    User.objects.create_superuser(ADMIN, password, name="Admin")
    return ADMIN, password


def _key(kind: ApiKey.Kind, kept: str | None, by: User | None) -> str | None:
    known = kept and ApiKey.objects.filter(key_hash=hash_of(kept)).first()
    if known:
        return kept if known.revoked_at is None else None
    environment = Environment.objects.filter(project__key="default", key=ENVIRONMENT).first()
    if environment is None or by is None:
        return None
    _, text = issue_key(environment, kind=kind, name=f"Quickstart ({kind})", by=by)
    return text
