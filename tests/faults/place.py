"""A database and a Redis of the test's own behind proxies that break on demand, and servers on top of them."""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
import requests

from tests.faults.proxy import Proxy
from tests.servers import Child, Installation, OwnPostgres, Server, copy_all, free_port, own_redis, wait_for

PREPARED = "prepared"
ROLE = "app"  # no superuser, so that its connections can be limited


class Cluster(OwnPostgres):
    """A PostgreSQL that a test run keeps; each test gets a copy of one migrated database."""

    def __init__(self, folder: Path, *, like: Path) -> None:
        super().__init__(folder, like=like)
        self._count = 0
        self.sql("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def fresh(self) -> str:
        self._count += 1
        name = f"place_{self._count}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {PREPARED} OWNER {ROLE}")
        return name

    def address(self, database: str, port: int | None = None) -> str:
        return f"postgres://{ROLE}@127.0.0.1:{port or self.port}/{database}"


def prepare_cluster(folder: Path) -> None:
    """Leave a stopped cluster in the folder, with a database that is migrated and has Alice as its admin."""
    with TemporaryDirectory(prefix="flagplatform-postgres-") as data, TemporaryDirectory() as unused:
        cluster = OwnPostgres(Path(data))
        try:
            cluster.sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB", f"CREATE DATABASE {PREPARED} OWNER {ROLE}")
            Installation(Path(unused), DATABASE_URL=cluster.url(PREPARED, role=ROLE)).prepare()
        finally:
            cluster.stop("fast")
        copy_all(Path(data), folder)


@dataclass
class Place:
    folder: Path
    cluster: Cluster
    name: str
    database: Proxy
    redis: Proxy
    redis_server: Child
    redis_port: int
    installation: Installation
    servers: list[Server] = field(default_factory=list)

    def serve(self, count: int = 2, *, ready: bool = True, **env: str) -> list[Server]:
        """So many more servers, at the same time."""
        started = []
        for _ in range(count):
            name = f"server-{len(self.servers)}"
            installation = Installation(self.folder, **{**self.installation.env, **env})
            started.append(installation.serve(name))
            self.servers.append(started[-1])
        if ready:
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda server: server.wait(seconds=90), started))
        return started

    def sql(self, *statements: str) -> list[Any]:
        return self.cluster.sql(*statements, database=self.name)

    def furnish(self, *servers: Server) -> None:
        """Alice signs in at the first; everyone answers `checkout`, a rollout at 100 %, and `steady`, which is on."""
        first = servers[0].sign_in()
        for key, kind in (("checkout", "percentage"), ("steady", "boolean")):
            on = {"rollout_percentage": 100} if kind == "percentage" else {}
            flag = {"key": key, "flag_type": kind, "environment_key": "staging", "is_enabled": True, **on}
            answer = first.http.post(f"{first.url}/flags", json=flag, timeout=10)
            assert answer.status_code == 201, answer.text
        for server in servers:
            wait_for(lambda server=server: has_answer(server, "steady", True), seconds=20)  # type: ignore[misc]

    def recover(self) -> None:
        """Everything is up again, and both flags are on."""
        self.database.heal()
        self.redis.heal()
        self.redis_server.process.send_signal(signal.SIGCONT)
        if self.redis_server.process.poll() is not None:
            self.redis_server = self.revive_redis()
        first, second = self.servers[:2]
        for on in (False, True):  # both, so that something is published whatever stood there
            wait_for(lambda on=on: switch(first, on).status_code == 200, seconds=30)  # type: ignore[misc]
        arrive(True, first, second, within=30)
        wait_for(lambda: self.listeners() == 2, seconds=30)

    def revive_redis(self) -> Child:
        command = ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""]
        return Child([*command, "--dir", str(self.folder)], log=self.folder / "redis.log")

    def redis_announce(self) -> None:
        """Tell everyone that something changed, for who has published past the application."""
        redis.Redis(port=self.redis_port).publish("flagplatform:revisions", "None 0")

    def listeners(self) -> int:
        """How many processes hear announcements; -1 while Redis is away."""
        try:
            return int(redis.Redis(port=self.redis_port).pubsub_numsub("flagplatform:revisions")[0][1])
        except redis.RedisError:
            return -1

    def end_connections(self) -> None:
        ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname"
        self.cluster.sql(f"{ends} = '{self.name}'")

    def end(self, servers: Sequence[Server]) -> None:
        for server in list(servers):
            server.http.close()
            server.process.kill()
            server.process.wait(10)
            self.servers.remove(server)


def has_answer(server: Server, flag: str, value: Any) -> bool:
    """Whether the server answers this flag with this value by now."""
    given = {"environment_key": "staging", "user_id": "u1"}
    answer = server.http.get(f"{server.url}/evaluate/{flag}", params=given, timeout=5)
    return answer.status_code == 200 and answer.json()["value"] == value


def switch(server: Server, on: bool, flag: str = "checkout") -> requests.Response:
    """Turn the flag on or off in staging, through the API."""
    address = f"{server.url}/flags/{flag}?environment_key=staging"
    return server.http.put(address, json={"is_enabled": on}, timeout=20)


def arrive(value: bool, *servers: Server, within: float = 15) -> float:
    """Seconds until the slowest of the servers answers so."""
    return max(wait_for(lambda s=s: has_answer(s, "checkout", value), seconds=within) for s in servers)  # type: ignore[misc]


@contextmanager
def place(folder: Path, cluster: Cluster) -> Iterator[Place]:
    name, redis_port = cluster.fresh(), free_port()
    with own_redis(folder, redis_port) as redis_server:
        database, cache = Proxy(cluster.port), Proxy(redis_port)
        urls = {
            "DATABASE_URL": cluster.address(name, database.port),
            "REDIS_URL": f"redis://127.0.0.1:{cache.port}/0",
        }
        installation = Installation(folder, **urls)
        found = Place(folder, cluster, name, database, cache, redis_server, redis_port, installation)
        try:
            yield found
        finally:
            found.end(found.servers)
            if found.redis_server is not redis_server:
                found.redis_server.end(signal.SIGKILL)
            database.close()
            cache.close()
            cluster.sql(f"DROP DATABASE {name} WITH (FORCE)")
