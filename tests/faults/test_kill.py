"""`kill -9` in the middle of edits: an edit is there with its audit entry and its revision, or not at all."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import Prepared
from tests.faults.place import PREPARED
from tests.servers import ROOT, Installation, OwnPostgres

ROUNDS = 40
CREATE = """
from accounts.models import Project, User
from flags.services import create_flag
create_flag(Project.objects.get(), by=User.objects.get(), key="checkout", flag_type="percentage")
"""
VERDICT = """
from audit.models import Entry
from evaluation.models import Head, Publication
from accounts.models import Environment
from flags.documents import document_of
from flags.models import FlagConfig
import json
staging = Environment.objects.get(key="staging")
config = FlagConfig.objects.get()
entries = Entry.objects.filter(subject="flag_config").count()
rows = Publication.objects.filter(environment_id=staging.pk).order_by("revision")
revisions = list(rows.values_list("revision", flat=True))
newest = json.loads(rows.last().document)
print(json.dumps({
    "edits": config.version, "entries": entries,
    "head": Head.objects.get(environment_id=staging.pk).revision, "revisions": len(revisions),
    "gapless": revisions == list(range(1, len(revisions) + 1)),
    "published": newest == document_of(config.flag, config),
}))
"""


@contextmanager
def editor(installation: Installation) -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, "-m", "tests.faults.editor"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=installation.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdin, process.stdout
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def assert_nothing_is_half_done(installation: Installation) -> None:
    """Kill an editor ROUNDS times, then compare rows, audit entries and revisions."""
    chance = random.Random(20261121)
    installation.manage("shell", "-c", CREATE)
    with editor(installation) as (orders, answers):
        for _ in range(ROUNDS):
            print("edit", file=orders, flush=True)
            child = int(answers.readline())
            time.sleep(chance.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            assert answers.readline() == "dead\n"
    found = json.loads(installation.manage("shell", "-v", "0", "-c", VERDICT))
    assert found["edits"] > ROUNDS
    assert found["entries"] == found["edits"]
    assert found["head"] == found["revisions"]
    assert found["gapless"]
    assert found["published"]


@pytest.mark.server
def test_on_sqlite_no_edit_is_half_done(tmp_path: Path, prepared: Prepared) -> None:
    assert_nothing_is_half_done(prepared(tmp_path))


@pytest.mark.server
@pytest.mark.postgres
def test_on_postgresql_no_edit_is_half_done(tmp_path: Path, postgres: OwnPostgres) -> None:
    assert_nothing_is_half_done(Installation(tmp_path, DATABASE_URL=postgres.url(PREPARED)))
