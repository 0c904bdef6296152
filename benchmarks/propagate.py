"""How long a change takes from its commit until every process answers it: `python -m benchmarks.propagate`.

An editor in a process of its own commits one change after the other and says at which instant; four servers are asked
every five milliseconds. Once with PostgreSQL and Redis, once with Redis away, once on SQLite.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from benchmarks.databases import own_database
from tests.servers import ROOT, Installation, Server, free_port, own_redis

PROCESSES = 4
PAUSE = 0.005  # seconds between two questions to one process, and so the error of a figure
PATH = "/evaluate/checkout?environment_key=staging&user_id=u1"
SETUP = """
from accounts.models import Project, User
from flags.services import create_flag
create_flag(Project.objects.get(), by=User.objects.get(), key="checkout", flag_type="percentage")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=200, help="with push")
    parser.add_argument("--polled", type=int, default=40, help="without push, where each takes seconds")
    options = parser.parse_args()
    print(f"{PROCESSES} processes; milliseconds from commit to answered by all")
    print(f"{'':24} {'edits':>6} {'p50':>8} {'p95':>8} {'p99':>8} {'worst':>8}")
    for name, push, edits in (
        ("PostgreSQL and Redis", True, options.edits),
        ("PostgreSQL, push cut", False, options.polled),
        ("SQLite, no Redis", None, options.polled),
    ):
        _print(name, measured(push, edits))


def measured(push: bool | None, edits: int) -> list[float]:
    """Seconds of each edit; `push` None is SQLite alone."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        env = {}
        if push is not None:
            env["DATABASE_URL"] = stack.enter_context(own_database("flagplatform_propagate"))
            env["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"  # nobody listens there
        if push:
            port = free_port()
            stack.enter_context(own_redis(folder, port))
            env["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
        installation = Installation(folder, **env).prepare()
        installation.manage("shell", "-v", "0", "-c", SETUP)
        servers = [installation.serve(f"server-{n}") for n in range(PROCESSES)]
        for server in servers:
            stack.callback(server.end)
        for server in servers:
            server.wait(seconds=60)
        orders, answers = stack.enter_context(editor(installation))
        return asyncio.run(_propagate(servers, orders, answers, edits))


async def _propagate(servers: Sequence[Server], orders: IO[str], answers: IO[str], edits: int) -> list[float]:
    reached = [0] * len(servers)
    seen: dict[tuple[int, int], float] = {}
    watching = [asyncio.create_task(_watch(server, n, reached, seen)) for n, server in enumerate(servers)]
    found = []
    for _ in range(edits):
        print("edit", file=orders, flush=True)
        committed, revision = (await asyncio.to_thread(answers.readline)).split()
        while min(reached) < int(revision):
            await asyncio.sleep(PAUSE)
        last = max(
            min(at for (n, r), at in seen.items() if n == each and r >= int(revision)) for each in range(len(servers))
        )
        found.append(max(0.0, last - float(committed)))
        seen.clear()
    for task in watching:
        task.cancel()
    return found


async def _watch(server: Server, n: int, reached: list[int], seen: dict[tuple[int, int], float]) -> None:
    """Ask one server without end, and note when it first answered each revision."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    while True:
        writer.write(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))  # type: ignore[index]
        revision = int(re.search(rb'"config_version":(\d+)', body)[1])  # type: ignore[index]
        if revision > reached[n]:
            seen[n, revision] = time.monotonic()
            reached[n] = revision
        await asyncio.sleep(PAUSE)


@contextmanager
def editor(installation: Installation) -> Iterator[tuple[IO[str], IO[str]]]:
    """A process that edits once per line, and answers with the instant of the commit and the revision."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.propagate", "--as-editor"],
        cwd=ROOT,
        env=installation.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdin, process.stdout
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def edit_for_ever() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
    import django

    django.setup()
    from django.db import transaction

    from accounts.models import Environment, User
    from evaluation.models import Head
    from flags.models import Flag
    from flags.services import update_config

    alice, flag, staging = User.objects.get(), Flag.objects.get(), Environment.objects.get(key="staging")
    for n, _ in enumerate(sys.stdin):
        committed: list[float] = []
        with transaction.atomic():
            transaction.on_commit(lambda stamps=committed: stamps.append(time.monotonic()))  # type: ignore[misc]
            update_config(flag, staging, by=alice, is_enabled=bool(n % 2), rollout_percentage=n % 100)
            revision = Head.objects.get(pk=staging.pk).revision
        print(committed[0], revision, flush=True)


def _print(name: str, seconds: list[float]) -> None:
    ordered = sorted(seconds)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 for share in (0.5, 0.95, 0.99)]
    print(f"{name:24} {len(ordered):>6}" + "".join(f" {ms:>8,.0f}" for ms in (*at, ordered[-1] * 1000)), flush=True)


if __name__ == "__main__":
    edit_for_ever() if sys.argv[1:] == ["--as-editor"] else main()
