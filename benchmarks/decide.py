"""What `/api/decide` takes beside a static answer of the same process: `python -m benchmarks.decide`.

Starts the real server on a temporary installation in which the documents are published, then asks in turns for a static
150-byte answer and for the assignments of 1, 20 and 200 running experiments: for everyone, behind a holdout, layers and
rules, and by the algorithm that another platform buckets with. Prints medians, ratios of the server's CPU per request,
and what one more experiment costs. The machine is shared and noisy: read the ratio, not the figure.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import requests

from benchmarks.load import Figures, measure
from benchmarks.static import PATH as STATIC
from tests.servers import Installation, Server

SETUP = """
from json import dumps
from accounts.models import Environment, Project
from benchmarks.workloads import experiments
from evaluation.models import Head, Publication

for kind in KINDS:
    project = Project.objects.create(key=kind, name=kind)
    for count in COUNTS:
        environment = Environment.objects.create(project=project, key=f"of-{count}", name=str(count))
        Head.objects.create(environment_id=environment.pk, revision=1)
        Publication.objects.bulk_create(
            Publication(
                environment_id=environment.pk, revision=1, kind="experiment", key=each["key"], document=dumps(each)
            )
            for each in experiments(kind, count)
        )
"""
KINDS = {"plain": "for everyone", "gated": "holdout, layer and rule", "murmur3": "murmur3"}
COUNTS = (1, 20, 200)
STATIC_NAME = "static 150 bytes"
ATTRIBUTES = "context=%7B%22plan%22%3A%22pro%22%7D"


def path_of(kind: str, count: int) -> str:
    return f"/api/decide?project={kind}&env=of-{count}&user_key=user-1234&{ATTRIBUTES}"


def name_of(kind: str, count: int) -> str:
    return f"{count:>3} {KINDS[kind]}"


PATHS = {STATIC_NAME: STATIC, **{name_of(kind, count): path_of(kind, count) for kind in KINDS for count in COUNTS}}


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder)).prepare()
        installation.manage("shell", "-c", f"KINDS, COUNTS = {tuple(KINDS)}, {COUNTS}\n{SETUP}")
        server = installation.serve(application="benchmarks.static:application").wait(seconds=120)
        try:
            assigned = {name: len(_assignments(server.http.get(server.url + path))) for name, path in PATHS.items()}
            rounds = [
                {name: _measured(server, path, options) for name, path in PATHS.items()} for _ in range(options.rounds)
            ]
        finally:
            server.end()
    _print(rounds, assigned, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2, help="per measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    return parser.parse_args()


def _measured(server: Server, path: str, options: argparse.Namespace) -> Figures:
    load = {"connections": options.connections, "seconds": options.seconds}
    return measure(server.url + path, server.process.pid, headers={}, **load)


def _assignments(answer: requests.Response) -> list[object]:
    found: list[object] = answer.json().get("assignments", [])
    return found


def _print(rounds: list[dict[str, Figures]], assigned: dict[str, int], options: argparse.Namespace) -> None:
    print(f"{options.rounds} rounds of {options.seconds} s, {options.connections} connections")
    print(f"{'':28} {'assigned':>8} {'requests/s':>10} {'CPU µs':>8} {'ratio of rates':>15} {'ratio of CPU':>13}")
    for name in PATHS:
        rate, cpu = (statistics.median(getattr(r[name], f) for r in rounds) for f in ("rate", "cpu"))
        by_rate = statistics.median(r[name].rate / r[STATIC_NAME].rate for r in rounds)
        by_cpu = statistics.median(r[STATIC_NAME].cpu / r[name].cpu for r in rounds)
        print(f"{name:28} {assigned[name]:>8} {rate:>10,.0f} {cpu:>8.1f} {by_rate:>15.2f} {by_cpu:>13.2f}")
    few, many = COUNTS[0], COUNTS[-1]
    for kind, words in KINDS.items():
        first, last = name_of(kind, few), name_of(kind, many)
        cost = statistics.median((r[last].cpu - r[first].cpu) / (many - few) for r in rounds)
        share = statistics.median((r[last].cpu - r[first].cpu) / (many - few) / r[STATIC_NAME].cpu for r in rounds)
        print(f"one more experiment, {words}: {cost:.2f} µs of CPU, {share:.4f} of a static answer")


if __name__ == "__main__":
    main()
