"""What lies on the disk is whole or left out; it belongs to one process at a time, and takes no more than it may."""

import errno
from pathlib import Path

import pytest

from experiments.events.spool import Spool, SpoolFull, claimed, size_of

ROOM = 10_000


def records(folder: Path) -> list[bytes]:
    return [record for _, found in claimed(folder) for record in found]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", most=ROOM)


def the_file(spool: Spool) -> Path:
    (found,) = spool.folder.iterdir()
    return found


def test_what_was_appended_is_found_in_order_once_it_is_let_go(spool: Spool) -> None:
    for record in (b"one", b"", b"three" * 100):
        spool.append(record)
    assert records(spool.folder) == []  # held by who appends
    spool.seal()
    assert records(spool.folder) == [b"one", b"", b"three" * 100]


def test_two_do_not_hold_the_same_file(spool: Spool) -> None:
    spool.append(b"one")
    spool.seal()
    for _, found in claimed(spool.folder):
        assert records(spool.folder) == []
        assert list(found) == [b"one"]


@pytest.mark.parametrize("kept", range(12 + 5))
def test_a_torn_end_is_left_out(spool: Spool, kept: int) -> None:
    spool.append(b"whole")
    whole = the_file(spool).stat().st_size
    spool.append(b"torn!")
    spool.seal()
    with the_file(spool).open("r+b") as file:
        file.truncate(whole + kept)
    assert records(spool.folder) == [b"whole"]


def test_a_damaged_record_costs_no_other(spool: Spool) -> None:
    for record in (b"one", b"two", b"three"):
        spool.append(record)
    spool.seal()
    file = the_file(spool)
    file.write_bytes(file.read_bytes().replace(b"two", b"tvo"))
    assert records(spool.folder) == [b"one", b"three"]


def test_a_full_disk_leaves_no_empty_files(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        for _ in range(3):
            with pytest.raises(SpoolFull, match="no space left"):
                spool.append(b"one")
    assert list(spool.folder.iterdir()) == []
    spool.append(b"two")
    spool.seal()
    assert records(spool.folder) == [b"two"]


def test_it_takes_no_more_than_it_may_of_all_processes_together(spool: Spool) -> None:
    spool.append(b"x" * (ROOM // 2))
    other = Spool(spool.folder, most=ROOM)
    with pytest.raises(SpoolFull):
        other.append(b"x" * (ROOM // 2))
    assert size_of(spool.folder) <= ROOM


def test_a_folder_that_cannot_be_written_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file stands in the way")
    with pytest.raises(SpoolFull):
        Spool(tmp_path / "spool", most=ROOM).append(b"one")
