"""What ./test does: the checks, the suite on every set of real parts that is here, and what was left out and why."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import checks, reachable
from tests.reachable import Part

_WITHIN = ("-n", "auto", "-m", "not server")
# Tests that start servers choose the parts of those servers themselves, and share servers with the rest of their file.
_WORKERS = str((os.cpu_count() or 1) + 1)  # they wait for half of their time
_ON_SERVERS = ("-n", _WORKERS, "--dist", "loadfile", "-m", "server")
# What another database can change nothing of: what does not ask for it, and of the rest how pages look.
_ONCE = ("--of-the-database", "--ignore=tests/pages", "--ignore=tests/browser")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite: pytest's closing line, and the reason of every test that was skipped, by its name."""

    name: str
    status: int
    closing: str
    ran: frozenset[str] = frozenset()
    skipped: Mapping[str, str] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """0 when everything that was run holds and nothing that is required was missing."""
    chosen = bool(arguments) and not reachable.everything_required()
    broken = [] if chosen else checks.failed()
    runs = [_suite(name, parts, [*options, *arguments]) for name, parts, options in _sets_of_parts()]
    missing = [part for part in _parts() if part.at is None]
    _summarise(runs, missing, checked="not run, because tests were chosen" if chosen else _verdict(broken))
    is_empty = not any(run.ran or run.skipped for run in runs)
    failed = broken or any(part.is_lacking for part in missing) or any(run.status for run in runs) or is_empty
    return 1 if failed else 0


def _parts() -> tuple[Part, ...]:
    return reachable.postgres(), reachable.redis_server(), reachable.chromium(), reachable.npm()


def _sets_of_parts() -> Iterable[tuple[str, dict[str, str], Sequence[str]]]:
    """The embedded default, servers, and what is reachable: each with the settings that select it, and options."""
    yield "SQLite, no Redis", {}, _WITHIN
    yield "servers with parts of their own", {}, _ON_SERVERS
    postgres, redis, *_ = _parts()
    urls = {}
    if postgres.at:
        urls["DATABASE_URL"] = reachable.database_url(postgres.at, f"flagplatform_{os.getpid()}")
    if redis.at:
        urls["REDIS_URL"] = redis.at
    if urls:
        yield (
            " and ".join(part.name for part in (postgres, redis) if part.at),
            urls,
            (*_WITHIN, *_ONCE),
        )


def _suite(name: str, urls: Mapping[str, str], arguments: Sequence[str]) -> Run:
    print(f"\nThe suite on {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="flagplatform-test-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *_colour(), *arguments]
        environment = {**checks.embedded_environment(Path(folder) / "data"), **urls}
        status, closing = _run(command, environment)
        ran, skipped = _read(report)
    is_empty = status == pytest.ExitCode.NO_TESTS_COLLECTED
    return Run(name, 0 if is_empty else status, closing, ran, skipped)


def _colour() -> list[str]:
    return ["--color=yes"] if sys.stdout.isatty() else []


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit status and the last line, while everything is shown as it comes."""
    last = ""
    with subprocess.Popen(
        command, cwd=checks.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.rstrip() or last
    return process.returncode, last


def _read(report: Path) -> tuple[frozenset[str], dict[str, str]]:
    """The tests that ran, and those that were skipped with their reasons; both empty when pytest did not get so far."""
    if not report.exists():
        return frozenset(), {}
    skipped, ran = {}, set()
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        name = f"{case.get('classname')}.{case.get('name')}"
        reason = case.find("skipped[@type='pytest.skip']")
        if reason is None:
            ran.add(name)
        else:
            skipped[name] = reason.get("message", "")
    return frozenset(ran), skipped


def _nowhere(runs: Sequence[Run]) -> Counter[str]:
    """How many tests ran in none of the runs, by reason."""
    ran = frozenset[str]().union(*(run.ran for run in runs))
    reasons = {name: reason for run in runs for name, reason in run.skipped.items() if name not in ran}
    return Counter(reasons.values())


def _summarise(runs: Sequence[Run], missing: Sequence[Part], *, checked: str) -> None:
    print("\nSkipped in every run")
    for reason, count in _nowhere(runs).most_common():
        print(f"  {count} × {reason}")
    if not _nowhere(runs):
        print("  nothing")
    for part in missing:
        print(f"  {part.name} is not here{' and is required' if part.is_lacking else ''}: {part.why}")
    width = max(len(run.name) for run in runs)
    print(f"\n{'Checks'.ljust(width)}  {checked}")
    for run in runs:
        print(f"{run.name.ljust(width)}  {run.closing}")


def _verdict(broken: Sequence[str]) -> str:
    return f"FAILED: {', '.join(broken)}" if broken else f"ok ({', '.join(checks.CHECKS)})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
