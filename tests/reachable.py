"""Which of the real parts this machine offers to the tests: PostgreSQL, Redis, Chromium, npm."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

NODE = 20  # the oldest version that the examples' packages run on
SECONDS = 2  # until a server that does not answer counts as away


@dataclass(frozen=True, slots=True)
class Part:
    """One real part: `at` is its address (a URL or a path), None when it is not here and `why` says what was tried.

    What was named by a variable is required: a typing error there must not pass for an absence.
    """

    name: str
    at: str | None
    why: str = ""
    is_named: bool = False

    @property
    def is_lacking(self) -> bool:
        return self.at is None and (self.is_named or everything_required())

    def need(self) -> str:
        """The address, or the end of the test that asked: skipped, or failed where the part is required."""
        if self.at is None:
            (pytest.fail if self.is_lacking else pytest.skip)(self.why)
        return self.at


def everything_required() -> bool:
    """Whether nothing may be skipped, as in continuous integration."""
    return os.environ.get("FLAGPLATFORM_REQUIRE_ALL") == "1"


@cache
def postgres() -> Part:
    """PostgreSQL as a role that may create databases; `at` names the database `postgres`."""
    given = os.environ.get("TEST_DATABASE_URL")
    tried = [given] if given else [f"postgres://{user}@127.0.0.1:5432/postgres" for user in _roles()]
    for url in tried:
        if _creates_databases(database_url(url, "postgres")):
            return Part("PostgreSQL", database_url(url, "postgres"))
    where = "TEST_DATABASE_URL" if given else "127.0.0.1:5432 (TEST_DATABASE_URL names another place)"
    why = f"PostgreSQL lets nobody in who may create databases at {where}"
    return Part("PostgreSQL", None, why, is_named=bool(given))


@cache
def redis_server() -> Part:
    """Redis; `at` names a database of its own, away from what else this machine keeps there."""
    given = os.environ.get("TEST_REDIS_URL")
    url = given or "redis://127.0.0.1:6379/15"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError):
        where = "TEST_REDIS_URL" if given else "127.0.0.1:6379 (TEST_REDIS_URL names another place)"
        return Part("Redis", None, f"Redis does not answer at {where}", is_named=bool(given))
    return Part("Redis", url)


@cache
def chromium() -> Part:
    """The browser; `at` is its executable."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Part("Chromium", found, "" if found else "Chromium is not installed (Debian: apt-get install chromium)")


@cache
def npm() -> Part:
    """Node's package manager, beside a Node that the examples run on; `at` is its executable."""
    node, found = shutil.which("node"), shutil.which("npm")
    if not node or not found:
        return Part("npm", None, "Node and npm are not installed (Debian: apt-get install nodejs npm)")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        return Part("npm", None, f"the examples need Node {NODE}, and this is {version}")
    return Part("npm", found)


def database_url(url: str, name: str) -> str:
    """The same server and role with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _roles() -> Iterable[str]:
    return dict.fromkeys(["root", "postgres", getpass.getuser()])


def _creates_databases(url: str) -> bool:
    asked = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=SECONDS) as connection:
            row = connection.execute(asked).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])
