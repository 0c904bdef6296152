"""How fast decisions are beside a static answer of the same process, and beside nginx: `python -m benchmarks.serve`.

Starts the real server on a temporary installation in several ways, and nginx with a fixed answer; lets wrk ask each of
them in turns, again and again, and prints medians. Ratios are taken within a round, from neighbours in time; "by CPU"
compares the server's processor time for a request. Keys are checked, usage is counted, and limits are on. The machine
is shared and noisy: read the ratios.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import static
from benchmarks.load import FEW, MANY, Figures, measure
from benchmarks.nginx import nginx
from tests.servers import Installation

SETUP = """
from accounts.models import Environment, Project, User
from accounts.places import create_environment, create_project
from accounts.api_keys import issue_key
from experiments.allocations import replace_allocations
from experiments.life_cycle import move
from experiments.services import create_experiment
from experiments.variants import add_variant
from flags.services import create_flag

project, alice = Project.objects.get(), User.objects.get()
staging, development = (Environment.objects.get(key=key) for key in ("staging", "development"))
on = {"by": alice, "environment": staging}
create_flag(project, key="boolean", config={"is_enabled": True}, **on)
share = {"is_enabled": True, "rollout_percentage": 30}
create_flag(project, key="rollout", flag_type="percentage", config=share, **on)
halves = [
    {"variant_key": "control", "range_start": 0, "range_end": 4999},
    {"variant_key": "treatment", "range_start": 5000, "range_end": 9999},
]
for environment, number in ((staging, 10), (development, 20)):
    for at in range(number):
        experiment = create_experiment(environment, by=alice, key=f"experiment-{at}")
        for variant in ("control", "treatment"):
            add_variant(experiment, by=alice, key=variant, payload={"color": variant})
        replace_allocations(experiment, halves, by=alice)
        move(experiment, "RUNNING", by=alice)
KINDS = [
    {}, {}, {}, {"is_enabled": False},
    {"rollout_percentage": 30},
    {"serve": {"variant": "off"}, "rules": [{"conditions": [{"attribute": "plan", "operator": "eq", "value": "pro"}],
     "serve": {"variant": "on"}}]},
]
keys = {"staging": staging, "development": development}
for number in (50, 200):
    project = create_project(by=alice, key=f"p{number}")
    of_many = create_environment(project, by=alice, key="many")
    for at in range(number):
        kind = KINDS[at % len(KINDS)]
        flag_type = "percentage" if "rollout_percentage" in kind else "boolean"
        config = {"is_enabled": True, **kind}
        create_flag(project, key=f"feature-{at:03}", flag_type=flag_type, config=config, by=alice, environment=of_many)
    keys[f"p{number}"] = of_many
keys = {name: issue_key(place, by=alice, kind="server", name="benchmark")[1] for name, place in keys.items()}
print("KEYS", *(f"{name}={key}" for name, key in keys.items()))
"""
CONTEXT = '{"context":{"targetingKey":"USER","plan":"pro","country":"DE"}}'
STATIC = "static answer"


UNREACHED = "1000000000"  # requests per minute: every request is counted, none is refused


@dataclass(frozen=True)
class Question:
    """What is asked, with the key of which environment, about how many users; with a body it is posted."""

    name: str
    path: str
    key_of: str = ""
    body: str = ""
    users: int = FEW


STAGING = "environment_key=staging&user_id=USER"
QUESTIONS = (
    Question(STATIC, static.PATH),
    Question("boolean flag", f"/evaluate/boolean?{STAGING}", "staging"),
    Question("30 % rollout", f"/evaluate/rollout?{STAGING}", "staging"),
    Question("30 % rollout, 100,000 users", f"/evaluate/rollout?{STAGING}", "staging", users=MANY),
    Question("30 % rollout, no key", f"/evaluate/rollout?{STAGING}"),
    Question("decide, 10 experiments", "/api/decide?env=staging&user_key=USER", "staging"),
    Question("decide, 20 experiments", "/api/decide?env=development&user_key=USER", "development"),
    Question("OFREP, 30 % rollout", "/ofrep/v1/evaluate/flags/rollout", "staging", CONTEXT),
    Question("OFREP, all of 50 flags", "/ofrep/v1/evaluate/flags", "p50", CONTEXT),
    Question("OFREP, all of 50 flags, 100,000 users", "/ofrep/v1/evaluate/flags", "p50", CONTEXT, MANY),
    Question("OFREP, all of 200 flags", "/ofrep/v1/evaluate/flags", "p200", CONTEXT),
)
WAYS = {
    "in the parser's callbacks": (),
    "plain ASGI": ("--http", "httptools"),
    "callbacks, two workers": ("--workers", "2"),
}


@dataclass
class Subject:
    """Something that is asked: where, and what came out in each round."""

    url: str
    pid: int
    questions: tuple[Question, ...]
    rounds: dict[tuple[int, str], list[Figures]] = field(default_factory=dict)

    def ask(self, options: argparse.Namespace, keys: Mapping[str, str]) -> None:
        for connections in options.connections:
            for question in self.questions:
                headers = {"X-API-Key": keys[question.key_of]} if question.key_of else {}
                found = measure(
                    self.url + question.path,
                    self.pid,
                    connections=connections,
                    seconds=options.seconds,
                    headers=headers,
                    body=question.body,
                    users=question.users,
                )
                self.rounds.setdefault((connections, question.name), []).append(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=1, help="per measurement")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        limits = {"RATE_LIMIT_KEY": UNREACHED, "RATE_LIMIT_ADDRESS": UNREACHED}
        installation = Installation(Path(folder), **limits).prepare()
        told = installation.manage("shell", "--verbosity", "0", "-c", SETUP).rpartition("KEYS ")[2]
        keys = dict(each.split("=", 1) for each in told.split())
        with _subjects(installation, options) as subjects:
            for _ in range(options.rounds):
                for subject in subjects.values():
                    subject.ask(options, keys)
    for connections in options.connections:
        _print(subjects, options, connections)


@contextmanager
def _subjects(installation: Installation, options: argparse.Namespace) -> Iterator[dict[str, Subject]]:
    """Each way to serve, and nginx with as many workers."""
    fixed = (Question(STATIC, ""),)
    with ExitStack() as stack:
        found: dict[str, Subject] = {}
        for workers in (1, 2):
            folder = installation.folder / f"nginx-{workers}"
            url, pid = stack.enter_context(nginx(folder, static.BODY, workers=workers))
            found[_nginx(workers)] = Subject(url, pid, fixed)
        for number, name in enumerate(options.ways):
            server = installation.serve(f"server-{number}", "benchmarks.static:application", *WAYS[name])
            stack.callback(server.end)
            server.wait()
            found[name] = Subject(server.url, server.process.pid, QUESTIONS)
        yield found


def _nginx(workers: int) -> str:
    return f"nginx, {workers} worker{'s' if workers > 1 else ''}"


def _print(subjects: dict[str, Subject], options: argparse.Namespace, connections: int) -> None:
    print(f"\n{options.rounds} rounds of {options.seconds} s, {connections} connections; medians\n")
    print("| served by | asked | requests/s | p50 ms | p99 ms | CPU µs | to static | by CPU | to nginx |")
    print("|---|---|---|---|---|---|---|---|---|")
    for way, subject in subjects.items():
        static_answer = subject.rounds[connections, STATIC]
        beside = subjects[_nginx(2 if "2" in way or "two" in way else 1)].rounds[connections, STATIC]
        for question in subject.questions:
            found = subject.rounds[connections, question.name]
            rate, p50, p99, cpu = (_median(found, name) for name in ("rate", "p50", "p99", "cpu"))
            own, by_cpu = _ratio(found, static_answer, "rate"), _ratio(static_answer, found, "cpu")
            figures = f"{rate:,.0f} | {p50:.2f} | {p99:.2f} | {cpu:.1f} | {own:.2f} | {by_cpu:.2f}"
            print(f"| {way} | {question.name} | {figures} | {_ratio(found, beside, 'rate'):.2f} |")


def _median(found: list[Figures], name: str) -> float:
    return statistics.median(getattr(figures, name) for figures in found)


def _ratio(above: list[Figures], below: list[Figures], name: str) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(above, below, strict=True))


if __name__ == "__main__":
    main()
