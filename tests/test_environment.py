"""What ./start does before Python runs: a checkout with nothing but the two scripts, and nothing to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("start", "scripts/environment")
TOOLS = ("sh", "cat", "cksum", "dirname", "rm", "sleep")
GONE = "4194305"  # a process id beyond what Linux gives

pytestmark = pytest.mark.server


def lay(folder: Path) -> Path:
    """A bare checkout whose manage.py says what it was called with."""
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, folder / part)
    (folder / "requirements.txt").write_text("# nothing\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (folder / "manage.py").write_text("import sys; print(sys.argv[1:], sys.executable)")
    return folder


def start(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "start", *arguments],
        cwd="/",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    checkout = lay(tmp_path_factory.mktemp("some where") / "a 'checkout'")
    return checkout, start(checkout, "--json", "a file")


def test_first_start_makes_the_environment_and_hands_its_arguments_on(
    started: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    checkout, done = started
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"['quickstart', '--json', 'a file'] {checkout}/.venv/bin/python\n"


def test_next_start_installs_nothing(started: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert start(started[0]).stderr == ""


def test_changed_requirements_are_installed(started: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    (started[0] / "requirements.txt").write_text("# nothing else\n")
    assert start(started[0]).stderr == "Installing what requirements.txt lists …\n"


def test_environment_that_was_left_half_made_is_made_again(tmp_path: Path) -> None:
    checkout = lay(tmp_path)
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python")
    (checkout / ".venv.installing").write_text(GONE)
    done = start(checkout)
    assert done.returncode == 0, done.stderr
    assert not (checkout / ".venv.installing").exists()


def test_failed_install_is_said_and_tried_again(started: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    checkout, _ = started
    before = (checkout / "requirements.txt").read_text()
    (checkout / "requirements.txt").write_text("no such requirement !!\n")
    assert start(checkout).returncode != 0
    (checkout / "requirements.txt").write_text(before)
    assert "quickstart" in start(checkout).stdout


def test_without_a_new_python_it_says_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    done = start(lay(tmp_path / "checkout"), PATH=str(tools))
    assert done.returncode != 0
    assert "Flagplatform needs Python 3.11 or newer" in done.stderr
