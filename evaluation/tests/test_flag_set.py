"""After an edit, what callers ask of all flags is prepared before they ask."""

from typing import Any

import orjson
import pytest

from accounts.key_hash import ANY_ORIGIN
from evaluation.known_keys import CLIENT, KnownKey
from evaluation.snapshot import Snapshot
from evaluation.tests.asking import flag_document, snapshot_of
from flagkit.engine import Context, ruleset
from flagkit.engine.fragments import fragment

ALICE = Context("alice")
CLIENT_KEY = KnownKey("hash", CLIENT, (ANY_ORIGIN,))


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many flags were planned for, each time that it was done."""
    found: list[int] = []
    plan = ruleset.plan

    def noted(flags: Any, keys: Any, render: Any, **more: Any) -> Any:
        found.append(len(keys))
        return plan(flags, keys, render, **more)

    monkeypatch.setattr(ruleset, "plan", noted)
    return found


def edited(before: Snapshot) -> Snapshot:
    off = orjson.dumps(flag_document(enabled=False, client_visible=True)).decode()
    after = before.advanced(before.revision + 1, {("flag", "checkout"): off})
    after.prepare_as(before)
    return after


@pytest.mark.parametrize("key", [None, CLIENT_KEY])
def test_what_was_asked_before_an_edit_is_prepared_after_it(planned: list[int], key: KnownKey | None) -> None:
    before = snapshot_of(flag_document(client_visible=True), flag_document("other", client_visible=True))
    before.flag_set(key).render_all(ALICE, fragment)
    after = edited(before)
    assert planned == [2, 2]
    [checkout, _] = after.flag_set(key).render_all(ALICE, fragment)
    assert orjson.loads(checkout)["reason"] == "DISABLED"
    assert planned == [2, 2]
    edited(after).flag_set(key).render_all(ALICE, fragment)
    assert planned == [2, 2, 2]


def test_what_nobody_asked_is_not_prepared(planned: list[int]) -> None:
    edited(snapshot_of(flag_document()))
    assert planned == []
