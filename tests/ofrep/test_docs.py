"""The marked lines of docs/ofrep.md run as printed, beside a real server."""

import json
import re
import subprocess
import sys

import pytest

from tests.sdk.conftest import edit
from tests.servers import ROOT, Server

DOCUMENT = (ROOT / "docs/ofrep.md").read_text()

pytestmark = pytest.mark.server


def printed(server: Server, language: str, key: str) -> str:
    """The one block that runs, with what is this test's own."""
    (block,) = re.findall(rf"<!-- run -->\n```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    block = block.replace("http://localhost:8000", server.url).replace("fp_server_…", key)
    return str(block.replace("environment_key=production", "environment_key=staging"))


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_lines_run_as_printed(server: Server, key: str) -> None:
    edit(server, "POST", "flags", key="new-checkout", is_enabled=True, serve={"variant": "on"})
    assert run(sys.executable, "-c", printed(server, "python", key)) == "True\n"
    answer = json.loads(run("bash", "-c", printed(server, "sh", key)))
    assert (answer["key"], answer["value"]) == ("new-checkout", True)
    assert DOCUMENT.count("<!-- run -->") == 2
