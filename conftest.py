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
OF_THE_DATABASE = {"db", "transactional_db", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--of-the-database", action="store_true", help="only tests that ask for the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """pytest-django lets no other test near the database, so that what another one can change is in what stays."""
    if config.getoption("of_the_database"):
        left = [item for item in items if not asks_for_the_database(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def asks_for_the_database(item: pytest.Item) -> bool:
    """Whether it has the mark or a fixture; not whether it calls for a fixture by name while it runs."""
    names = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not OF_THE_DATABASE.isdisjoint(names)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as it is served: in memory, threads would share one connection's locks.

    PostgreSQL answers a commit before the disk has it: this database need not outlive a loss of power.
    """
    from django.db import connection

    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    else:
        given = settings["OPTIONS"].get("options", "")
        settings["OPTIONS"]["options"] = f"{given} -c synchronous_commit=off".strip()


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """Tests that really commit are followed by our way of emptying the tables, which takes a tenth of Django's time."""
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: _empty_tables())
        yield


@pytest.fixture(autouse=True)
def _seeded(request: pytest.FixtureRequest) -> None:
    """Tests that really commit empty the tables behind them; what migrations had put there comes back first."""
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        _restore_seed()


def _restore_seed() -> None:
    from importlib import import_module

    from django.apps import apps

    if not apps.get_model("accounts", "Project").objects.exists():
        import_module("accounts.migrations.0002_default_project").seed(apps, None)


def _empty_tables() -> None:
    """Delete every row but those that name the models and the permissions on them, with the guards stepping aside."""
    from importlib import import_module

    from django.db import connection, transaction

    guard = import_module("audit.migrations.0002_append_only")
    down, up = (guard.UNDO_SQLITE, guard.SQLITE) if connection.vendor == "sqlite" else (_ASIDE, _BACK)
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - kept)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (*down, *(f'DELETE FROM "{table}"' for table in tables), *up):  # noqa: S608
            cursor.execute(statement)


_ASIDE = ["ALTER TABLE audit_entry DISABLE TRIGGER USER"]
_BACK = ["SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE audit_entry ENABLE TRIGGER USER"]


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
