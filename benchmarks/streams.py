"""What open streams cost a server process: `python -m benchmarks.streams --clients 1000`.

Starts the real server on a temporary installation, opens that many streams, and prints by how much the process grew,
how long an edit takes until all have been told, and how long the process takes to end.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from tests.servers import Installation, Server

SETUP = """
from accounts.models import Environment, Project, User
from accounts.api_keys import issue_key
from flags.services import create_flag
project, alice = Project.objects.get(), User.objects.get()
staging = Environment.objects.get(key="staging")
create_flag(project, key="checkout", flag_type="percentage", by=alice, environment=staging, config={"is_enabled": True})
print("KEY", issue_key(staging, kind="server", name="bench", by=alice)[1])
"""


def resident(pid: int) -> float:
    """Resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


async def measure(server: Server, key: str, clients: int, edits: int) -> dict[str, float]:
    before = resident(server.process.pid)
    streams = [await _stream(server.port, key) for _ in range(clients)]
    readers = [reader for reader, _ in streams]
    for reader in readers:
        await reader.readuntil(b"event: revision\nid: ")
        await reader.readuntil(b"\n\n")
    grown = resident(server.process.pid) - before
    delays = []
    for percentage in range(1, edits + 1):
        start = time.perf_counter()
        told = asyncio.gather(*(reader.readuntil(b"event: revision\nid: ") for reader in readers))
        await asyncio.to_thread(_edit, server, percentage)
        await told
        delays.append(time.perf_counter() - start)
    after = resident(server.process.pid) - before
    start = time.perf_counter()
    server.end()
    return {
        "streams": clients,
        "grown_mb": round(grown, 1),
        "grown_after_edits_mb": round(after, 1),
        "edit_until_all_told_ms_median": round(statistics.median(delays) * 1000, 1),
        "seconds_to_end": round(time.perf_counter() - start, 2),
    }


async def _stream(port: int, key: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = "/api/environments/staging/stream"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return reader, writer


def _edit(server: Server, percentage: int) -> None:
    address = f"{server.url}/flags/checkout?environment_key=staging"
    answer = server.http.put(address, json={"rollout_percentage": percentage}, timeout=10)
    assert answer.status_code == 200, answer.text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000)
    parser.add_argument("--edits", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder)).prepare()
        key = installation.manage("shell", "-c", SETUP).split("KEY ")[1].strip()
        server = installation.serve().wait().sign_in()
        try:
            print(json.dumps(asyncio.run(measure(server, key, options.clients, options.edits)), indent=2))
        finally:
            server.end()


if __name__ == "__main__":
    main()
