"""The quickstart's file: written whole, for its owner, and read with patience."""

import os
import stat
from pathlib import Path

import pytest

from flagplatform.quickstart.record import Record, load

TOLD = Record("http://127.0.0.1:8000", "admin@example.com", "secret", "fp_server_a", "fp_client_b", 4711)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    TOLD.save(tmp_path / "told.json")
    assert load(tmp_path / "told.json") == TOLD


def test_file_is_its_owners_alone(tmp_path: Path) -> None:
    TOLD.save(tmp_path / "told.json")
    assert stat.S_IMODE((tmp_path / "told.json").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["told.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '"text"'])
def test_file_that_says_nothing_is_an_empty_record(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "told.json"
    if content is not None:
        file.write_text(content)
    assert load(file) == Record()


def test_record_knows_whether_its_process_runs() -> None:
    assert Record(pid=os.getpid()).runs
    assert not Record(pid=4_194_305).runs
    assert not Record().runs
