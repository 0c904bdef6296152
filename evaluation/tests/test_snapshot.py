"""A snapshot travels whole or not at all, and a later one shares what did not change."""

import hashlib

import orjson
import pytest

from evaluation.known_keys import KnownKey
from evaluation.snapshot import BadSnapshot, Snapshot, from_bytes, to_bytes
from evaluation.tests.asking import audience_document, flag_document, rule_for_testers, snapshot_of
from flagkit.engine import Context
from flagkit.tests.documents import experiment

KEYS = {
    "ab": KnownKey("ab", "server"),
    "cd": KnownKey("cd", "client", ("https://shop.example", "*"), rate_limit=60, expires_at=1_795_000_000.25),
}


def test_bytes_give_back_the_same_snapshot() -> None:
    before = snapshot_of(flag_document(), flag_document("other", enabled=False), revision=12, keys=KEYS)
    after = from_bytes(to_bytes(before))
    assert (after.address, after.revision, after.texts) == (before.address, 12, before.texts)


def test_bytes_give_back_the_place_in_history() -> None:
    after = from_bytes(to_bytes(snapshot_of(flag_document()).placed(3, 1_795_000_000_000_001)))
    assert (after.epoch, after.mark) == (3, 1_795_000_000_000_001)


@pytest.mark.parametrize("damage", [b"", b"junk", b"{}\n{}", b"null\nnull"])
def test_junk_is_refused(damage: bytes) -> None:
    with pytest.raises(BadSnapshot):
        from_bytes(damage)


def test_a_cut_or_changed_snapshot_is_refused_at_every_byte() -> None:
    whole = to_bytes(snapshot_of(flag_document()))
    seal = whole.index(b'"seal"')
    for at in range(len(whole)):
        with pytest.raises(BadSnapshot):
            from_bytes(whole[:at])
        if at not in range(seal, seal + 6):  # the name of the seal itself: without it, this is an earlier release's
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


def shown_to_clients(snapshot: Snapshot) -> set[str]:
    return {key for key in ("a", "b", "c", "d") if snapshot.shows(key, KnownKey("cd", "client"))}


def test_client_keys_may_ask_for_the_flags_that_say_so() -> None:
    snapshot = snapshot_of(
        flag_document("a", client_visible=True),
        flag_document("b", client_visible=False),
        flag_document("c"),
        flag_document("d", variants=[{"key": "on", "value": {"client_visible": True}}], serve={"variant": "on"}),
    )
    assert shown_to_clients(snapshot) == {"a"}
    assert shown_to_clients(from_bytes(to_bytes(snapshot))) == {"a"}


@pytest.mark.parametrize("key", [None, KnownKey("ab", "server")])
def test_everybody_else_may_ask_for_every_flag(key: KnownKey | None) -> None:
    assert snapshot_of(flag_document("a")).shows("a", key)


def test_what_client_keys_may_ask_for_follows_the_documents() -> None:
    before = snapshot_of(flag_document("a", client_visible=True), flag_document("b", client_visible=True))
    after = before.advanced(
        8,
        {
            ("flag", "a"): orjson.dumps(flag_document("a")).decode(),
            ("flag", "c"): orjson.dumps(flag_document("c", client_visible=True)).decode(),
            ("audience", "b"): None,
        },
    )
    assert shown_to_clients(after) == {"b", "c"}
    assert shown_to_clients(after.advanced(9, {("flag", "b"): None, ("flag", "c"): '{"client_visible"'})) == set()


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


def test_experiments_travel_with_the_flags() -> None:
    before = snapshot_of(experiment("checkout"), flag_document(), audience_document("checkout"))
    after = from_bytes(to_bytes(before))
    assert (orjson.loads(to_bytes(before).partition(b"\n")[0])["format"], after.texts) == (3, before.texts)
    for user in (Context(f"user-{at}") for at in range(50)):
        found = after.running.assignments(user, after.ruleset)
        assert found == before.running.assignments(user, before.ruleset)
        assert len(found) == 1


def bytes_of(known: int, body: bytes, keys: dict[str, str] | None = None) -> bytes:
    """Bytes as an earlier release wrote them: its format in the header, the kinds of its keys, and its body."""
    where = {"id": "e", "project": "default", "key": "staging", "name": "S", "allows_keyless": True, "keys": keys or {}}
    digest = hashlib.sha256(body).hexdigest()
    header = {"format": known, "environment": where, "revision": 5, "size": len(body), "sha256": digest}
    return orjson.dumps(header) + b"\n" + body


def test_the_first_format_which_has_flags_alone_is_still_read() -> None:
    snapshot = from_bytes(bytes_of(1, orjson.dumps({"checkout": flag_document()})))
    assert (snapshot.revision, list(snapshot.texts)) == (5, [("flag", "checkout")])
    assert snapshot.ruleset.evaluate("checkout", Context()).value is True


def test_the_second_format_which_has_no_experiments_is_still_read() -> None:
    documents = {
        "flag": {"checkout": flag_document(rules=[rule_for_testers()])},
        "audience": {"testers": audience_document()},
    }
    snapshot = from_bytes(bytes_of(2, orjson.dumps(documents)))
    assert (in_testers(snapshot, "alice"), in_testers(snapshot, "bob")) == (True, False)
    assert snapshot.running.assignments(Context("alice"), snapshot.ruleset) == []


def test_keys_of_which_only_the_kinds_were_kept_are_still_read() -> None:
    snapshot = from_bytes(bytes_of(1, b"{}", {"ab": "server", "cd": "client"}))
    assert snapshot.address.keys == {
        "ab": KnownKey("ab", "server"),
        "cd": KnownKey("cd", "client", allowed_origins=("*",)),
    }


def test_earlier_releases_find_the_kinds_of_keys_where_they_look_for_them() -> None:
    head, _, _ = to_bytes(snapshot_of(flag_document(), keys=KEYS)).partition(b"\n")
    assert orjson.loads(head)["environment"]["keys"] == {"ab": "server", "cd": "client"}


@pytest.mark.parametrize("known", [0, 4, "3", None, 1.5, [3]])
def test_a_format_that_is_not_known_is_refused(known: object) -> None:
    body = orjson.dumps({"flag": {}, "audience": {}, "experiment": {}})
    with pytest.raises(BadSnapshot):
        from_bytes(bytes_of(known, body))  # type: ignore[arg-type]
