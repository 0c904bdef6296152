"""What an installation stands on: its data folder, its secret, its database and its cache."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts.client_address import TrustedProxies

VERSION = "0.1.0"

_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # a writer waits for its turn instead of failing when it upgrades a read
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
_POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    "tcp_user_timeout": 5_000,  # milliseconds until a server that stopped answering counts as away
    "options": "-c statement_timeout=4000 -c lock_timeout=4000",  # below `deadline.SECONDS`: the server speaks first
}
_ENTRIES = 100_000  # in a cache inside the process: whoever fills it makes it forget attempts to sign in
# Seconds. A pool that is patient doubles its waits, and would notice late that the database is back.
_POOL = {"min_size": 1, "max_size": 16, "timeout": 1, "reconnect_timeout": 2}


def data_dir(configured: str) -> Path:
    """The folder that holds everything this installation must not lose, made when it is missing."""
    folder = Path(configured).expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def secret_key(configured: str, folder: Path) -> str:
    """The configured secret, or one that was drawn once and is kept in the data folder, readable by its owner only."""
    if configured:
        return configured
    kept = folder / "secret_key"
    if not kept.exists():
        drawn = folder / f"secret_key.{os.getpid()}"
        drawn.touch(mode=0o600)
        drawn.write_text(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(drawn, kept)  # whole or not at all, and the first of several processes wins
        drawn.unlink()
    return kept.read_text()


def networks(configured: list[str]) -> list[str]:
    """The addresses and networks of trusted proxies. Raises ImproperlyConfigured for what is none."""
    try:
        TrustedProxies(configured)
    except ValueError as error:
        raise ImproperlyConfigured(f"TRUSTED_PROXIES takes addresses and networks: {error}.") from error
    return configured


def per_minute(name: str, configured: int) -> int:
    """A limit of requests, 0 for none. Raises ImproperlyConfigured for less."""
    if configured < 0:
        raise ImproperlyConfigured(f"{name} is a number of requests per minute, or 0 for no limit, not {configured}.")
    return configured


def room(name: str, configured: int) -> int:
    """Bytes that may be taken, 0 for none. Raises ImproperlyConfigured for less."""
    if configured < 0:
        raise ImproperlyConfigured(f"{name} is a number of bytes, or 0 for none, not {configured}.")
    return configured


def database(url: str) -> dict[str, Any]:
    """Django's settings for `sqlite:///…` (the embedded default, in WAL mode) or `postgres://…` (with a pool)."""
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    is_sqlite = "sqlite" in config["ENGINE"]
    config["OPTIONS"] = {**(_SQLITE_OPTIONS if is_sqlite else _postgres_options()), **config.get("OPTIONS", {})}
    if is_sqlite:
        config["CONN_MAX_AGE"] = None  # one per thread, kept: opening the file costs as much as a small read
    else:
        config["CONN_HEALTH_CHECKS"] = True  # dead ones are replaced before they cost a request
    return config


def _postgres_options() -> dict[str, Any]:
    from flagplatform.deadline import Connection  # psycopg is loaded only where it is used

    return {**_POSTGRES_OPTIONS, "pool": {**_POOL, "connection_class": Connection}}


def caches(redis_url: str) -> dict[str, Any]:
    """Django's settings for Redis where there is one, else for a cache inside the process.

    One attempt with a deadline of 100 ms: the client's own ten retries would hold a request for seconds.
    """
    if not redis_url:
        in_process = "django.core.cache.backends.locmem.LocMemCache"
        return {"default": {"BACKEND": in_process, "OPTIONS": {"MAX_ENTRIES": _ENTRIES}}}
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": redis_url,
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 0.1,
                "SOCKET_TIMEOUT": 0.1,
                "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
            },
        }
    }
