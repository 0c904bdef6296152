"""The marked Python lines of docs/sdk.md run as printed, one after the other, beside a real server."""

import re
import subprocess
import sys

import pytest

from tests.sdk.conftest import edit
from tests.servers import ROOT, Installation, Server

DOCUMENT = (ROOT / "docs/sdk.md").read_text()

STORED = """
from experiments.models import Event
event = Event.objects.get(name="bought")
print(event.user_key, event.value, event.attributes)
"""

pytestmark = pytest.mark.server


def test_sdk_lines_run_as_printed(server: Server, key: str, installation: Installation) -> None:
    edit(server, "POST", "flags", key="new-checkout", is_enabled=True, serve={"variant": "on"})
    metric = {"key": "revenue", "kind": "mean", "event": "bought"}
    assert server.http.post(f"{server.url}/api/metrics", json=metric, timeout=10).status_code == 201
    blocks = re.findall(r"<!-- run -->\n```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(blocks) == DOCUMENT.count("<!-- run -->")
    script = "\n".join([*blocks, "client.close()"]).replace("http://localhost:8000", server.url)
    script = script.replace("fp_server_…", key).replace('"production"', '"staging"')
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "the new checkout"
    assert done.stdout.splitlines()[1].startswith("True on STATIC")
    assert done.stdout.splitlines()[2:] == ["True", "True"]
    assert "rejected" not in done.stderr
    assert installation.manage("shell", "-v", "0", "-c", STORED).split() == ["alice", "12.5", '{"currency":"EUR"}']
