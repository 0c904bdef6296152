"""A snapshot travels whole or not at all, and a later one shares what did not change."""

import orjson
import pytest

from evaluation.snapshot import BadSnapshot, from_bytes, to_bytes
from evaluation.tests.asking import flag_document, snapshot_of
from flagkit.engine import Context


def test_bytes_give_back_the_same_snapshot() -> None:
    before = snapshot_of(flag_document(), flag_document("other", enabled=False), revision=12, keys={"ab": "server"})
    after = from_bytes(to_bytes(before))
    assert (after.address, after.revision, after.texts) == (before.address, 12, before.texts)


@pytest.mark.parametrize("damage", [b"", b"junk", b"{}\n{}", b"null\nnull"])
def test_junk_is_refused(damage: bytes) -> None:
    with pytest.raises(BadSnapshot):
        from_bytes(damage)


def test_a_cut_or_changed_snapshot_is_refused_at_every_byte() -> None:
    whole = to_bytes(snapshot_of(flag_document()))
    body = whole.index(b"\n") + 1
    for at in range(body, len(whole)):
        with pytest.raises(BadSnapshot):
            from_bytes(whole[:at])
        with pytest.raises(BadSnapshot):
            from_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


def test_a_format_of_another_release_is_refused() -> None:
    head, _, body = to_bytes(snapshot_of(flag_document())).partition(b"\n")
    with pytest.raises(BadSnapshot, match="format 99"):
        from_bytes(orjson.dumps({**orjson.loads(head), "format": 99}) + b"\n" + body)


def test_advancing_compiles_only_what_changed() -> None:
    before = snapshot_of(flag_document("a"), flag_document("b"))
    after = before.advanced(8, {"b": orjson.dumps(flag_document("b", enabled=False)).decode()})
    assert after.ruleset.evaluate("a", Context()) is before.ruleset.evaluate("a", Context())
    assert after.ruleset.evaluate("b", Context()).reason == "DISABLED"
    assert before.ruleset.evaluate("b", Context()).reason == "STATIC"


def test_advancing_takes_removed_flags_away() -> None:
    after = snapshot_of(flag_document("a"), flag_document("b")).advanced(8, {"a": None, "never-there": None})
    assert list(after.texts) == ["b"]
    assert "a" not in after.ruleset
