"""The parts that fault tests break: a PostgreSQL and a Redis that belong to the test, and servers on top of them."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.place import PREPARED, Cluster, Place, prepare_cluster
from tests.faults.place import place as new_place
from tests.once import once
from tests.servers import Child, Installation, OwnPostgres, Server, end_all, free_port, own_redis


@pytest.fixture(scope="session")
def prepared_cluster(shared: Path) -> Path:
    return once(shared / "cluster", prepare_cluster)


@pytest.fixture
def postgres(prepared_cluster: Path) -> Iterator[OwnPostgres]:
    """A cluster of the test's own, whose database is migrated and has Alice as its admin."""
    with TemporaryDirectory(prefix="flagplatform-postgres-") as folder:
        cluster = OwnPostgres(Path(folder), like=prepared_cluster)
        yield cluster
        cluster.stop()


@pytest.fixture
def redis_port() -> int:
    return free_port()


@pytest.fixture
def redis(tmp_path: Path, redis_port: int) -> Iterator[Child]:
    with own_redis(tmp_path, redis_port) as server:
        yield server


@pytest.fixture
def installation(tmp_path: Path, postgres: OwnPostgres, redis_port: int, redis: Child) -> Installation:
    url = f"redis://127.0.0.1:{redis_port}/0"
    return Installation(tmp_path, DATABASE_URL=postgres.url(PREPARED), REDIS_URL=url)


@pytest.fixture
def pair(installation: Installation) -> Iterator[tuple[Server, Server]]:
    """Two processes of one installation; Alice is signed in at the first and has a flag that is on in staging."""
    first, second = installation.serve("first"), installation.serve("second")
    try:
        first.wait().sign_in()
        second.wait()
        flag = {"key": "checkout", "flag_type": "percentage"}
        on = {"environment_key": "staging", "is_enabled": True, "rollout_percentage": 100}
        assert first.http.post(f"{first.url}/flags", json={**flag, **on}, timeout=10).status_code == 201
        yield first, second
    finally:
        end_all(first, second)


@pytest.fixture(scope="session")
def cluster(prepared_cluster: Path) -> Iterator[Cluster]:
    with TemporaryDirectory(prefix="flagplatform-postgres-") as folder:
        found = Cluster(Path(folder), like=prepared_cluster)
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture
def fresh_place(tmp_path: Path, cluster: Cluster) -> Iterator[Place]:
    """A database and a Redis that break on demand; nothing serves yet."""
    with new_place(tmp_path, cluster) as found:
        yield found


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Place]:
    with new_place(tmp_path_factory.mktemp("standing"), cluster) as found:
        found.furnish(*found.serve(2))
        yield found


@pytest.fixture
def place(standing: Place) -> Iterator[Place]:
    """The place that all tests of a run share: two servers with both flags on, recovered from the test before."""
    standing.recover()
    yield standing
    standing.end(standing.servers[2:])


@pytest.fixture
def two(place: Place) -> tuple[Server, Server]:
    first, second = place.servers[:2]
    return first, second
