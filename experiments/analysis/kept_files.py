"""Where files with what is known of units lie, and which of them nobody uses any more. Knows no engine."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from experiments.analysis.parquet_files import ENDINGS

UNUSED_FOR = timedelta(days=14)


def kept_folder() -> Path:
    """Where the events lie: what may be written there may be kept there."""
    return Path(settings.EVENTS_DIR) / "known"


def is_there(file: Path) -> bool:
    """And is used now, if so."""
    try:
        os.utime(file)
    except FileNotFoundError:
        return False
    return True


def forget_unused(folder: Path, *, now: datetime) -> int:
    """Delete files, unfinished ones too, that were last used long ago; returns how many."""
    before = (now - UNUSED_FOR).timestamp()
    ours = (file for file in folder.glob("*") if file.name.endswith(ENDINGS))
    unused = [file for file in ours if _used_at(file) < before]
    for file in unused:
        file.unlink(missing_ok=True)
    return len(unused)


def _used_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
