"""The worker as a process of its own."""

import json
import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import Prepared
from tests.servers import Child, wait_for

pytestmark = pytest.mark.server

ASK = """
from django.utils import timezone
from accounts.models import Environment, User
from experiments.drafting import create_draft
from experiments.life_cycle import move
from experiments.models import Event
from experiments.results.jobs import ask_for_report

alice, staging, now = User.objects.get(), Environment.objects.get(key="staging"), timezone.now()
halves = [("control", 0, 4999), ("treatment", 5000, 9999)]
ranges = [{"variant_key": key, "range_start": start, "range_end": end} for key, start, end in halves]
variants = [{"key": key} for key, *_ in halves]
draft = create_draft(staging, by=alice, key="button", variants=variants, allocations=ranges)
experiment = move(draft, "RUNNING", by=alice)
seen = {"kind": "exposure", "name": "button", "variant": "control", "received_at": now}
at = timezone.now()
Event.objects.create(environment_id=staging.pk, day=at.date(), event_id="1", user_key="ann", at=at, **seen)
ask_for_report(experiment, by=alice, now=now)
"""
READ = """
import json
from experiments.models import AnalysisJob
job = AnalysisJob.objects.get()
print(json.dumps([job.status, job.report and job.report.document["units"]["total"]]))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_worker_makes_reports_until_it_is_told_to_stop(tmp_path: Path, prepared: Prepared, how: signal.Signals) -> None:
    installation = prepared(tmp_path)
    is_busy = how == signal.SIGTERM
    if is_busy:
        installation.manage("shell", "--verbosity", "0", "-c", ASK)
    worker = Child([sys.executable, "manage.py", "worker"], log=tmp_path / "worker.log", env=installation.env)
    try:
        wait_for(lambda: "worker: at work" in worker.log.read_text(), seconds=20)
        if is_busy:
            wait_for(lambda: "worker: report of button done" in worker.log.read_text(), seconds=60)
    finally:
        assert worker.end(how) == 0
    assert "Traceback" not in worker.log.read_text()
    if is_busy:
        assert json.loads(installation.manage("shell", "--verbosity", "0", "-c", READ)) == ["done", 1]
