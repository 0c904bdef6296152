"""What every test may ask for: the cast, the places, and clients that act for them.

Alice is an admin, Bob a developer, Charlie a viewer; Eve has an account that was deactivated.
"""

import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

os.environ.setdefault("FLAGPLATFORM_DATA_DIR", tempfile.mkdtemp(prefix="flagplatform-test-"))
os.environ.setdefault("SECRET_KEY", "a secret that only tests use, long enough for HMAC")

PASSWORD = "correct horse battery"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as it is served: in memory, threads would share one connection's locks."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _seeded(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that really commit empty the tables behind them; what migrations had put there comes back first."""
    marker = request.node.get_closest_marker("django_db")
    real = "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))
    if not real:
        yield
        return
    request.getfixturevalue("transactional_db")
    _restore_seed()
    yield
    _let_tables_be_emptied()


def _restore_seed() -> None:
    from importlib import import_module

    from django.apps import apps
    from django.db import connection

    if not apps.get_model("accounts", "Project").objects.exists():
        import_module("accounts.migrations.0002_default_project").seed(apps, None)
    if connection.vendor == "sqlite":
        guard = import_module("audit.migrations.0002_append_only")
        with connection.cursor() as cursor:
            for statement in guard.SQLITE:
                cursor.execute(statement.replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS"))


def _let_tables_be_emptied() -> None:
    """SQLite has no TRUNCATE, so its guards against DELETE step aside until the next test."""
    from importlib import import_module

    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for statement in import_module("audit.migrations.0002_append_only").UNDO_SQLITE:
                cursor.execute(statement)


def _person(name: str, role: str, **fields: Any) -> Any:
    from accounts.models import User

    person = User(email=f"{name}@example.com", name=name.title(), role=role, password=_hashed_password(), **fields)
    person.save(force_insert=True)
    return person


@functools.cache
def _hashed_password() -> str:
    """Hashed once: it costs more than most tests."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


@pytest.fixture
def alice(db: None) -> Any:
    return _person("alice", "admin")


@pytest.fixture
def bob(db: None) -> Any:
    return _person("bob", "developer")


@pytest.fixture
def charlie(db: None) -> Any:
    return _person("charlie", "viewer")


@pytest.fixture
def eve(db: None) -> Any:
    return _person("eve", "admin", is_active=False)


@pytest.fixture
def project(db: None) -> Any:
    from accounts.models import Project

    return Project.objects.get(key="default")


@pytest.fixture
def environments(project: Any) -> dict[str, Any]:
    return {environment.key: environment for environment in project.environments.all()}


@pytest.fixture
def development(environments: dict[str, Any]) -> Any:
    return environments["development"]


@pytest.fixture
def staging(environments: dict[str, Any]) -> Any:
    return environments["staging"]


@pytest.fixture
def production(environments: dict[str, Any]) -> Any:
    return environments["production"]


@pytest.fixture
def api() -> Callable[..., Any]:
    """`api(bob)` is an API client that Bob signed in with; `api()` has not signed in."""
    from rest_framework.test import APIClient

    from accounts.sessions import begin

    def client(user: Any = None) -> APIClient:
        found = APIClient()
        if user is not None:
            found.credentials(HTTP_AUTHORIZATION=f"Bearer {begin(user).access_token}")
        return found

    return client
