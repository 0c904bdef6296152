"""A snapshot travels whole or not at all, and a later one shares what did not change."""

import hashlib

import orjson
import pytest

from evaluation.snapshot import BadSnapshot, Snapshot, from_bytes, to_bytes
from evaluation.tests.asking import audience_document, flag_document, rule_for_testers, snapshot_of
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
    answered = before.ruleset.evaluate("a", Context())
    after = before.advanced(8, {("flag", "b"): orjson.dumps(flag_document("b", enabled=False)).decode()})
    assert after.ruleset.evaluate("a", Context()) is answered
    assert after.ruleset.evaluate("b", Context()).reason == "DISABLED"
    assert before.ruleset.evaluate("b", Context()).reason == "STATIC"


def test_advancing_takes_removed_flags_away() -> None:
    after = snapshot_of(flag_document("a"), flag_document("b")).advanced(
        8, {("flag", "a"): None, ("flag", "never-there"): None}
    )
    assert list(after.texts) == [("flag", "b")]
    assert "a" not in after.ruleset


def in_testers(snapshot: Snapshot, user: str) -> bool:
    """Whether the flag of `rule_for_testers` holds this user back."""
    return snapshot.ruleset.evaluate("checkout", Context(user)).rule == "t"


def test_audiences_travel_with_the_flags() -> None:
    before = snapshot_of(flag_document(rules=[rule_for_testers()]), audience_document())
    after = from_bytes(to_bytes(before))
    assert after.texts == before.texts
    assert (in_testers(after, "alice"), in_testers(after, "bob")) == (True, False)


def test_a_flag_and_an_audience_may_have_the_same_key() -> None:
    snapshot = snapshot_of(flag_document("testers"), audience_document("testers"))
    assert set(from_bytes(to_bytes(snapshot)).texts) == {("flag", "testers"), ("audience", "testers")}


def test_a_changed_audience_counts_for_flags_that_did_not_change() -> None:
    before = snapshot_of(flag_document(rules=[rule_for_testers()]), audience_document())
    text = orjson.dumps(audience_document(included=["bob"])).decode()
    after = before.advanced(8, {("audience", "testers"): text})
    assert (in_testers(after, "alice"), in_testers(after, "bob")) == (False, True)
    assert (in_testers(before, "alice"), in_testers(before, "bob")) == (True, False)


@pytest.mark.parametrize(
    "text", ['{"schema": 1', "[]", '{"schema": 1, "kind": "audience", "key": "testers", "x": 1}', None]
)
def test_a_broken_or_removed_audience_has_nobody_and_harms_nothing(text: str | None) -> None:
    before = snapshot_of(flag_document(rules=[rule_for_testers()]), audience_document(), audience_document("others"))
    after = before.advanced(8, {("audience", "testers"): text})
    assert in_testers(after, "alice") is False
    assert after.ruleset.in_audience("others", Context("alice")) is True


def test_the_format_of_the_release_before_is_still_read() -> None:
    """Bytes as they were written then: a header that says 1, and the flags alone."""
    body = orjson.dumps({"checkout": flag_document()})
    where = {"id": "e", "project": "default", "key": "staging", "name": "S", "allows_keyless": True, "keys": {}}
    digest = hashlib.sha256(body).hexdigest()
    header = {"format": 1, "environment": where, "revision": 5, "size": len(body), "sha256": digest}
    snapshot = from_bytes(orjson.dumps(header) + b"\n" + body)
    assert (snapshot.revision, list(snapshot.texts)) == (5, [("flag", "checkout")])
    assert snapshot.ruleset.evaluate("checkout", Context()).value is True
