"""The README's marked shell lines run as printed, in one shell beside a fresh ./start."""

import json
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest

from tests.servers import ROOT, Installation
from tests.starting import Started

README = (ROOT / "README.md").read_text()

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the README's marked lines print, one block after the other, in one shell beside a fresh ./start."""
    installation = Installation(tmp_path_factory.mktemp("data"), WORKER="1")
    with Started(installation) as started:
        command = ["bash", "-c", _script(started.url)]
        done = subprocess.run(command, cwd=ROOT, env=installation.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("--- block ---\n")[1:]


def _script(url: str) -> str:
    """Marked blocks with the real address and interpreter; a refused request ends the script."""
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", README, re.DOTALL)
    lines = "".join(f"echo '--- block ---'\n{block}echo\n" for block in blocks)
    strict = 'set -euo pipefail\ncurl() { command curl --fail-with-body --noproxy "*" "$@"; }\n'
    return strict + lines.replace("http://localhost:8000", url).replace(".venv/bin/python", shlex.quote(sys.executable))


def test_readme_lines_run_as_printed(printed: list[str]) -> None:
    assert len(printed) == README.count("<!-- run -->")
    answer, history = _documents(next(block for block in printed if '"flag_key": "quick-reorder"' in block))
    assert (answer["flag_key"], answer["reason"]) == ("quick-reorder", "SPLIT")
    assert {entry["actor"] for entry in history["data"]} == {"you@example.com"}


def test_readme_experiment_assigns_what_its_explanation_says(printed: list[str]) -> None:
    decision, explanation = _documents(next(block for block in printed if '"assignments"' in block))
    assigned = {each["experiment_key"]: each["variant_key"] for each in decision["assignments"]}
    assert assigned["reorder-button"] == explanation["variant"]["key"]
    assert explanation["sentence"].startswith(f"Bucket {explanation['bucket']} has variant")


def test_readme_events_become_a_verdict(printed: list[str]) -> None:
    sending = next(at for at, block in enumerate(printed) if '"duplicates"' in block)
    sent, (verdict,) = _documents(printed[sending])[-1], _documents(printed[sending + 1])
    assert (sent["accepted"], sent["rejected"]) == (3, 0)
    assert verdict["state"] == "too_early"


def _documents(printed: str) -> list[Any]:
    """The JSON documents that stand one after the other."""
    found, rest = [], printed.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


def test_first_answer_has_the_fields_that_the_readme_shows(printed: list[str]) -> None:
    shown = re.search(r"<!-- answers with these fields -->\n```json\n(.*?)```", README, re.DOTALL)
    assert shown
    assert json.loads(printed[0]).keys() == json.loads(shown[1]).keys()
