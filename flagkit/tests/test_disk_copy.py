"""A copy on disk is whole or is not used, and costs nothing when the disk does not take it."""

from pathlib import Path

import pytest

from flagkit.client import disk_copy
from flagkit.client.configuration import BadConfiguration, from_body
from flagkit.tests.documents import flag
from flagkit.tests.wire import body


def test_it_is_read_as_it_was_written_by_its_owner_only(tmp_path: Path) -> None:
    path, found = tmp_path / "new" / "copy", from_body(body(flag()), '"e1:7"')
    disk_copy.write(path, found)
    again = disk_copy.read(path)
    assert (again.texts, again.revision, again.tag) == (found.texts, 7, '"e1:7"')
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_one_that_is_cut_or_changed_is_refused_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "copy"
    disk_copy.write(path, from_body(body(flag()), '"t"'))
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    for at in range(start, len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            with pytest.raises(BadConfiguration):
                disk_copy.read(path)


@pytest.mark.parametrize("head", [b'{"sha256"', b'{"sha256": 5}\n{}', b'{"sha256": "x", "tag": ""}\n{}', b""])
def test_a_damaged_first_line_is_refused(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "copy").write_bytes(head)
    with pytest.raises(BadConfiguration):
        disk_copy.read(tmp_path / "copy")


def test_a_snapshot_as_it_is_downloaded_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "downloaded").write_bytes(body(flag()))
    assert disk_copy.read(tmp_path / "downloaded").revision == 7


def test_where_it_cannot_be_written_the_old_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "copy"
    disk_copy.write(path, from_body(body(flag())))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        disk_copy.write(path, from_body(body(flag(), revision=8)))
    assert disk_copy.read(path).revision == 7
    assert list(tmp_path.iterdir()) == [path]
