"""A PostgreSQL database of the benchmark's own on the server that this machine has."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests import reachable


@contextmanager
def own_database(name: str) -> Iterator[str]:
    """Its URL; made empty, and dropped at the end."""
    server = reachable.postgres().at
    assert server, "PostgreSQL is needed: name it with TEST_DATABASE_URL"
    _run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    try:
        yield reachable.database_url(server, name)
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
