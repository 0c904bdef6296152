"""What grows with the number of flags and environments: `python -m benchmarks.scale`.

For each size a database is filled past the application, and a process of its own loads it as a server does, applies one
edit after the other, and evaluates meanwhile. Needs PostgreSQL; no Redis, so that a load is the database's.
"""

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.databases import own_database
from tests.servers import ROOT, Installation

FLAGS, ENVIRONMENTS = (10, 100, 1_000, 10_000), (1, 10, 50)
DOCUMENT = (
    '{"schema":1,"key":"KEY","type":"boolean","enabled":STATE,"variants":[{"key":"on","value":true},{"key":"off",'
    '"value":false}],"off_variant":"off","prerequisites":[],"targets":[],"rules":[{"id":"r","when":{"all":[{"attribute":'
    '"country","operator":"in","value":["DE","AT","CH"]},{"attribute":"plan","operator":"eq","value":"pro"}]},"serve":'
    '{"variant":"on"}}],"serve":{"rollout":{"salt":"KEY:gate","ranges":[[0,30000]],"variant":"on","otherwise":"off"}}}'
)
FILL = """
DELETE FROM evaluation_publication;
DELETE FROM evaluation_head;
DELETE FROM accounts_environment WHERE key LIKE 'scale-%%';
INSERT INTO accounts_environment SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(),
  'key', 'scale-' || n, 'name', 'Scale ' || n))).* FROM accounts_environment e, generate_series(1, {extra}) n
  WHERE e.key = 'staging';
INSERT INTO evaluation_head (environment_id, revision) SELECT id, 1 FROM accounts_environment WHERE {chosen};
INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)
  SELECT id, 1, 'flag', 'flag-' || n, replace(replace('{document}', 'KEY', 'flag-' || n), 'STATE', 'true'), 's', now()
  FROM accounts_environment, generate_series(1, {flags}) n WHERE {chosen};
ANALYZE evaluation_publication;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=500_000, help="documents, flags times environments, at most")
    options = parser.parse_args()
    print(
        "seconds and CPU seconds to load, MB loaded and with every flag of one environment compiled, milliseconds and"
    )
    print("CPU milliseconds to apply one edit, CPU nanoseconds of an evaluation, lateness p99 in milliseconds")
    print(" flags envs |  load s   cpu s |   MB compiled | edit ms  cpu ms | eval ns | calm ms  editing")
    with own_database("flagplatform_scale") as url, tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), DATABASE_URL=url).prepare()
        for flags in FLAGS:
            for environments in ENVIRONMENTS:
                if flags * environments <= options.largest:
                    _print(flags, environments, cell(installation, url, flags, environments))


def cell(installation: Installation, url: str, flags: int, environments: int) -> dict[str, float]:
    import psycopg

    chosen = "key = 'staging' OR key LIKE 'scale-%'"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            FILL.format(extra=environments - 1, chosen=chosen, flags=flags, document=DOCUMENT).replace("%%", "%")
        )
    command = [sys.executable, "-m", "benchmarks.scale", "--cell"]
    done = subprocess.run(command, cwd=ROOT, env=installation.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    return found


def in_this_process() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
    import django

    django.setup()
    from evaluation.disk_copy import DiskCopy
    from evaluation.following import Follower
    from evaluation.store import Store

    before = _memory()
    follower = Follower(Store(), DiskCopy(Path(tempfile.mkdtemp())))
    ready = _cost(follower)
    gc.collect()
    gc.freeze()
    loaded = _memory() - before
    snapshot = follower.store.find("", "staging")
    assert snapshot
    evaluation = _evaluation(snapshot)
    warm = _memory() - before
    calm = _lateness(follower, 3.0)
    edits = [_edit(follower, n) for n in range(30)]
    stopped = threading.Event()
    editing = threading.Thread(target=_edit_until, args=(follower, stopped))
    editing.start()
    busy = _lateness(follower, 5.0)
    stopped.set()
    editing.join()
    figures = {
        "ready": ready[0],
        "ready_cpu": ready[1],
        "loaded": loaded,
        "warm": warm,
        "edit": statistics.median(wall for wall, _ in edits) * 1000,
        "edit_cpu": statistics.median(cpu for _, cpu in edits) * 1000,
        "evaluation": evaluation,
        "calm": calm * 1000,
        "busy": busy * 1000,
    }
    print(json.dumps(figures))


def _edit(follower: Any, n: int) -> tuple[float, float]:
    """Seconds, and seconds of CPU, from the commit of one changed flag until this process serves it."""
    from django.db import connection

    document = DOCUMENT.replace("KEY", "flag-1").replace("STATE", "true" if n % 2 else "false")
    staging = follower.store.find("", "staging").address.id
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH head AS (UPDATE evaluation_head SET revision = revision + 1 WHERE environment_id = %s RETURNING *)"
            " INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)"
            " SELECT environment_id, revision, 'flag', 'flag-1', %s, 'scale', now() FROM head",
            [staging, document],
        )
    return _cost(follower)


def _cost(follower: Any) -> tuple[float, float]:
    started, used = time.perf_counter(), time.thread_time()
    assert follower.follow()
    return time.perf_counter() - started, time.thread_time() - used


def _edit_until(follower: Any, stopped: threading.Event) -> None:
    """Ten edits a second, each kept on disk as the poll does."""
    n = 0
    while not stopped.wait(0.1):
        n += 1
        _edit(follower, n)
        follower._disk.keep(follower.store.snapshots())


def _evaluation(snapshot: Any) -> float:
    """Nanoseconds of CPU for one flag after the other, compiled; best of five rounds."""
    from flagkit.engine import Context

    keys = list(snapshot.ruleset)
    asked = (keys * (10_000 // len(keys) + 1))[:10_000]
    context = Context("u1", {"country": "DE", "plan": "free"})
    rounds = []
    for _ in range(6):
        started = time.thread_time_ns()
        for key in asked:
            snapshot.ruleset.evaluate(key, context)
        rounds.append((time.thread_time_ns() - started) / len(asked))
    return min(rounds[1:])


def _lateness(follower: Any, seconds: float) -> float:
    """The 99th percentile of how late an evaluation is answered that is due every two milliseconds."""
    from flagkit.engine import Context

    context = Context("u1", {"country": "DE", "plan": "free"})
    late, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        due = time.perf_counter() + 0.002
        time.sleep(0.002)
        follower.store.find("", "staging").ruleset.evaluate("flag-2", context)
        late.append(time.perf_counter() - due)
    return sorted(late)[int(len(late) * 0.99)]


def _memory() -> float:
    """Resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


def _print(flags: int, environments: int, found: dict[str, float]) -> None:
    print(
        f"{flags:>6,} {environments:>4} | {found['ready']:>7.2f} {found['ready_cpu']:>7.2f}"
        f" | {found['loaded']:>4.0f} {found['warm']:>8.0f} | {found['edit']:>7.1f} {found['edit_cpu']:>7.1f}"
        f" | {found['evaluation']:>7.0f} | {found['calm']:>7.1f} {found['busy']:>8.1f}",
        flush=True,
    )


if __name__ == "__main__":
    in_this_process() if sys.argv[1:] == ["--cell"] else main()
