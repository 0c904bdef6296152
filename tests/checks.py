"""What must hold before any test runs: one list, for `python -m tests.checks`, for commits and for ./test."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("flagplatform", "evaluation", "experiments", "flags", "audit", "accounts", "flagkit")

CHECKS: dict[str, tuple[str, ...]] = {
    "format": ("-m", "ruff", "format", "--check", "--quiet", "."),
    "lint": ("-m", "ruff", "check", "--quiet", "."),
    "types": ("-m", "mypy", "--no-error-summary", *ROOMS),
    "imports": ("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))"),
    "migrations": ("manage.py", "makemigrations", "--check", "--dry-run"),
    "settings": ("manage.py", "check", "--fail-level", "WARNING"),
}


def failed() -> list[str]:
    """Run every check, print what the failing ones say, and name them."""
    with tempfile.TemporaryDirectory(prefix="flagplatform-check-") as folder:
        return [name for name, command in CHECKS.items() if not _holds(name, command, Path(folder))]


def embedded_environment(folder: Path) -> dict[str, str]:
    """This process's environment, set to the embedded default with its data in the folder."""
    ours = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "FLAGPLATFORM_DATA_DIR": str(folder)}


def _holds(name: str, command: tuple[str, ...], folder: Path) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=embedded_environment(folder), capture_output=True, text=True
    )
    print(f"{name:<12} {'ok' if done.returncode == 0 else 'FAILED'}  {time.monotonic() - started:.1f} s", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(1 if failed() else 0)
