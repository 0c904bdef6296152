"""What the examples for JavaScript need from npm, installed once for all processes of a test run."""

import json
import shutil
import subprocess
from pathlib import Path

from tests import reachable
from tests.examples.programs import EXAMPLES
from tests.once import alone

FOR_NODE = ("node-server", "browser", "react")
INSTALL = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefer-offline")


def install_once(npm: str, folder: Path) -> None:
    """Copies of the examples in the folder, with their packages; nothing where another process was faster."""
    with alone(folder.with_suffix(".lock")):
        if not (folder / "node_modules").exists():
            install(npm, folder)


def install(npm: str, folder: Path) -> None:
    """As one workspace, so that what several examples need is fetched once."""
    for name in FOR_NODE:
        unwanted = shutil.ignore_patterns("node_modules", "dist")
        shutil.copytree(EXAMPLES / name, folder / name, ignore=unwanted, dirs_exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "workspaces": FOR_NODE}))
    done = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        reachable.Part(
            "npm's registry", None, f"npm cannot install the examples' packages: {done.stderr[-500:]}"
        ).need()
