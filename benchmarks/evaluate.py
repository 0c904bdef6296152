"""How fast `/evaluate` is beside a static answer of the same process: `python -m benchmarks.evaluate`.

Starts the real server on a temporary installation, then lets wrk (Debian's package; `--client` where it is missing)
ask for a static 150-byte answer, a boolean flag and a 30 % rollout, in turns, and prints medians and ratios.
The machine is shared and noisy: read the ratio, not the figure.
"""

import argparse
import asyncio
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.static import PATH as STATIC
from tests.servers import Installation, Server

SETUP = """
from accounts.models import Environment, Project, User
from flags.services import create_flag
project, alice = Project.objects.get(), User.objects.get()
staging = Environment.objects.get(key="staging")
on = {"by": alice, "environment": staging}
create_flag(project, key="boolean", config={"is_enabled": True}, **on)
share = {"is_enabled": True, "rollout_percentage": 30}
create_flag(project, key="rollout", flag_type="percentage", config=share, **on)
"""
PATHS = {
    "static 150 bytes": STATIC,
    "boolean flag": "/evaluate/boolean?environment_key=staging&user_id=user-1234",
    "30 % rollout": "/evaluate/rollout?environment_key=staging&user_id=user-1234",
}


@dataclass(frozen=True)
class Figures:
    """Requests a second; latency in milliseconds."""

    rate: float
    p50: float
    p99: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="per measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--client", action="store_true", help="use the bundled client instead of wrk")
    options = parser.parse_args()
    measure = _bundled if options.client or not shutil.which("wrk") else _wrk
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder)).prepare()
        installation.manage("shell", "-c", SETUP)
        server = installation.serve(application="benchmarks.static:application").wait()
        try:
            rounds = [
                {name: measure(server, path, options) for name, path in PATHS.items()} for _ in range(options.rounds)
            ]
        finally:
            server.end()
    _print(rounds, options, measure.__name__.strip("_"))


def _print(rounds: list[dict[str, Figures]], options: argparse.Namespace, client: str) -> None:
    print(f"{options.rounds} rounds of {options.seconds} s, {options.connections} connections, client: {client}")
    print(f"{'':18} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'ratio to static':>16}")
    for name in PATHS:
        rate, p50, p99 = (statistics.median(getattr(r[name], f) for r in rounds) for f in ("rate", "p50", "p99"))
        ratio = statistics.median(r[name].rate / r["static 150 bytes"].rate for r in rounds)
        print(f"{name:18} {rate:>10,.0f} {p50:>8.2f} {p99:>8.2f} {ratio:>16.2f}")


def _wrk(server: Server, path: str, options: argparse.Namespace) -> Figures:
    command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency", server.url + path]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in text, text
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    return Figures(rate, _milliseconds(text, "50%"), _milliseconds(text, "99%"))


def _milliseconds(text: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", text)
    assert found, text
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]


def _bundled(server: Server, path: str, options: argparse.Namespace) -> Figures:
    """A plain keep-alive client in this process: slower than wrk, so the ratio says less."""
    latencies = asyncio.run(_drive(server.port, path, options.connections, options.seconds))
    ordered = sorted(latencies)
    at = [ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99)]
    return Figures(len(ordered) / options.seconds, *at)


async def _drive(port: int, path: str, connections: int, seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    latencies: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))  # type: ignore[index]
            latencies.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return latencies


if __name__ == "__main__":
    main()
