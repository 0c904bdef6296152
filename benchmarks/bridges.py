"""What a bridge leaves of Django's speed: `python -m benchmarks.bridges`.

Fixed views behind all of the middleware, and two reads of the management API, are asked in one server process through
each bridge in turns. 1.00 is Django's WSGI handler called in a loop without any server, with the fixed view.
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import measure
from benchmarks.serve import SETUP
from tests.servers import ADMIN, PASSWORD, ROOT, Installation, Server

PLAIN = "/plain-view"
PATHS = {
    "fixed view": PLAIN,
    "fixed view of DRF": "/drf-view",
    "read: who am I": "/api/auth/me",
    "read: a flag": "/api/flags/boolean",
}
LOOP = "no server, WSGI handler in a loop"
BRIDGES = {
    "lean bridge": ("benchmarks.bridged:lean",),
    "a2wsgi": ("benchmarks.bridged:a2wsgi", "--factory"),
    "Django's ASGI handler": ("benchmarks.bridged:asgi",),
}
Rates = dict[tuple[str, str], list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="per measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        installation = Installation(Path(folder)).prepare()
        installation.manage("shell", "--verbosity", "0", "-c", SETUP)
        servers: dict[str, Server] = {}
        for name, (application, *more) in BRIDGES.items():
            if name == "a2wsgi" and importlib.util.find_spec("a2wsgi") is None:
                print("a2wsgi is not installed, so its rows are left out")
                continue
            servers[name] = installation.serve(name.split()[0], application, *more)
            stack.callback(servers[name].end)
            servers[name].wait(PLAIN)
        _print(_rates(installation, servers, options), [LOOP, *servers], options)


def _rates(installation: Installation, servers: dict[str, Server], options: argparse.Namespace) -> Rates:
    token = _token(next(iter(servers.values())))
    found: Rates = {}
    for _ in range(options.rounds):
        for name, path in PATHS.items():
            found.setdefault((LOOP, name), []).append(_called(installation, path, options.seconds, token))
            for bridge, server in servers.items():
                url, headers = server.url + path, {"Authorization": f"Bearer {token}"}
                pid, connections = server.process.pid, options.connections
                figures = measure(url, pid, connections=connections, seconds=options.seconds, headers=headers)
                found.setdefault((bridge, name), []).append(figures.rate)
    return found


def _token(server: Server) -> str:
    given = {"email": ADMIN, "password": PASSWORD}
    token: str = server.http.post(f"{server.url}/auth/login", json=given, timeout=10).json()["access_token"]
    return token


def _called(installation: Installation, path: str, seconds: int, token: str) -> float:
    command = [sys.executable, "-m", "benchmarks.bridged", path, str(seconds), token]
    done = subprocess.run(command, cwd=ROOT, env=installation.env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _print(rates: Rates, ways: list[str], options: argparse.Namespace) -> None:
    print(f"\n{options.rounds} rounds of {options.seconds} s, {options.connections} connections; medians\n")
    print("| | asked | requests/s | to the fixed view without a server |\n|---|---|---|---|")
    for way in ways:
        for name in PATHS:
            rounds = rates[way, name]
            ratio = statistics.median(a / b for a, b in zip(rounds, rates[LOOP, "fixed view"], strict=True))
            print(f"| {way} | {name} | {statistics.median(rounds):,.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
