"""Real processes for tests: our server, a Redis and a PostgreSQL of the test's own, each on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import requests

ROOT = Path(__file__).resolve().parent.parent
HOOKS = "evaluation.doors.hooks:DecisionProtocol"
ADMIN, PASSWORD = "alice@example.com", "correct horse battery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(condition: Callable[[], Any], *, seconds: float, every: float = 0.05) -> float:
    """Seconds until the condition held. Raises AssertionError when it did not in time."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(every)
    return time.monotonic() - start


class Child:
    """A process that the test started and that it alone ends."""

    def __init__(self, command: list[str], *, log: Path, env: dict[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=file, stderr=subprocess.STDOUT)

    def end(self, how: signal.Signals = signal.SIGTERM, *, within: float = 10) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(within)


def end_all(*children: Child) -> None:
    """All are told at once, so that they take as long as the slowest."""
    for child in children:
        child.process.terminate()
    for child in children:
        child.end()


class Installation:
    """One database, cache and data folder, in which management commands run and any number of servers serve."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "FLAGPLATFORM_DATA_DIR": str(folder),
            **env,
        }

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> "Installation":
        """Migrated, with Alice as its admin."""
        self.manage("migrate", "--verbosity", "0")
        create = f"User.objects.create_superuser({ADMIN!r}, {PASSWORD!r})"
        self.manage("shell", "--verbosity", "0", "-c", f"from accounts.models import User; {create}")
        return self

    def serve(
        self, name: str = "server", application: str = "flagplatform.asgi:application", *options: str
    ) -> "Server":
        return Server(self, name, application, *options)


class Server(Child):
    """A uvicorn process of this installation, as the Dockerfile starts it; `options` go to uvicorn."""

    def __init__(self, installation: Installation, name: str, application: str, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = requests.Session()
        command = [sys.executable, "-m", "uvicorn", application, "--port", str(self.port), "--http", HOOKS]
        super().__init__(
            [*command, "--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "2", *options],
            log=installation.folder / f"{name}.log",
            env=installation.env,
        )

    def wait(self, path: str = "/readyz", *, seconds: float = 60) -> "Server":
        wait_for(lambda: self._answers(path), seconds=seconds)
        return self

    def sign_in(self) -> "Server":
        answer = self.http.post(f"{self.url}/auth/login", json={"email": ADMIN, "password": PASSWORD}, timeout=10)
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def evaluate(self, flag: str, environment: str = "staging", user: str = "u1") -> dict[str, Any]:
        given = {"environment_key": environment, "user_id": user}
        answer = self.http.get(f"{self.url}/evaluate/{flag}", params=given, timeout=5)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _answers(self, path: str) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.http.get(self.url + path, timeout=2).status_code == 200
        except requests.RequestException:
            return False


@contextmanager
def own_redis(folder: Path, port: int) -> Iterator[Child]:
    """A Redis server that keeps nothing."""
    command = [
        find_program("redis-server"),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    redis = Child(command, log=folder / "redis.log")
    try:
        wait_for(lambda: _listens(port), seconds=10)
        yield redis
    finally:
        redis.end(signal.SIGKILL)


class OwnPostgres:
    """A PostgreSQL cluster of the test's own; it refuses to run as root, so root runs it as `postgres`.

    The empty folder must not lie in pytest's, which every other run of pytest closes to `postgres`.
    """

    def __init__(self, folder: Path, *, like: Path | None = None) -> None:
        """With `like`, a copy of the stopped cluster that lies there."""
        self.port = free_port()
        self.data = folder
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
        if like:
            copy_all(like, self.data)
        else:
            self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-D", str(self.data))
        self.start()

    def url(self, database: str, *, role: str = "postgres") -> str:
        return f"postgres://{role}@127.0.0.1:{self.port}/{database}"

    def sql(self, *statements: str, database: str = "postgres") -> list[Any]:
        """The rows of the last statement, run past all proxies by a superuser."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data}"
        self._run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "-D", str(self.data), "stop", check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [find_program(program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=check, cwd="/tmp", stdout=subprocess.DEVNULL, timeout=60)  # noqa: S108


def copy_all(source: Path, target: Path) -> None:
    """What lies in one folder into another, with its owners."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True, timeout=60)


def find_program(name: str) -> str:
    """The program on PATH, or where Debian keeps PostgreSQL's own."""
    homes = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *homes]))
    assert found, f"{name} is not installed"
    return found


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
