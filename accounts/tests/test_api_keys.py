"""API keys are long random texts that are told once, stored as a hash, and revoked for good."""

import hashlib
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.api_keys import hash_of, issue_key, revoke_key, rotate_key, update_key
from accounts.changes import Change, closing
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.models import ApiKey, Environment, User


@pytest.mark.parametrize("kind", ["server", "client"])
def test_text_says_its_kind_and_holds_256_bits(alice: User, staging: Environment, kind: str) -> None:
    _, text = issue_key(staging, kind=kind, name="Web", by=alice)
    assert re.fullmatch(rf"fp_{kind}_[A-Za-z0-9_-]{{43}}", text)


def test_only_the_hash_and_the_first_16_characters_are_stored(alice: User, staging: Environment) -> None:
    key, text = issue_key(staging, kind="server", name="Web", by=alice)
    stored = ApiKey.objects.values().get(pk=key.pk)
    assert stored["key_hash"] == hash_of(text) == hashlib.sha256(text.encode()).hexdigest()
    assert stored["prefix"] == text[:16]
    assert text not in str(stored)


def test_no_two_keys_are_the_same(alice: User, staging: Environment) -> None:
    texts = {issue_key(staging, kind="server", name="Web", by=alice)[1] for _ in range(20)}
    assert len(texts) == 20


@pytest.mark.parametrize("fields", [{"kind": "root"}, {"kind": ""}, {"name": ""}, {"name": "n" * 101}])
def test_bad_input_makes_no_key(alice: User, staging: Environment, fields: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        issue_key(staging, by=alice, **{"kind": "server", "name": "Web", **fields})
    assert list(refused.value.fields) == list(fields)
    assert not ApiKey.objects.exists()


def test_others_issue_no_keys(bob: User, staging: Environment) -> None:
    with pytest.raises(Forbidden):
        issue_key(staging, kind="server", name="Web", by=bob)


def test_environment_that_is_gone_gets_no_key(alice: User, staging: Environment) -> None:
    stale = Environment.objects.get(pk=staging.pk)
    staging.delete()
    with pytest.raises(NotFound):
        issue_key(stale, kind="server", name="Web", by=alice)


def test_revoked_key_says_since_when(alice: User, staging: Environment) -> None:
    key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    now = timezone.now()
    revoke_key(key, by=alice, now=now)
    assert ApiKey.objects.get(pk=key.pk).revoked_at == now


def test_revoking_again_changes_nothing(alice: User, staging: Environment) -> None:
    key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    now = timezone.now()
    for moment in (now, now + timedelta(hours=1)):
        revoke_key(key, by=alice, now=moment)
    assert ApiKey.objects.get(pk=key.pk).revoked_at == now


def test_others_revoke_no_keys(alice: User, bob: User, staging: Environment) -> None:
    key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    with pytest.raises(Forbidden):
        revoke_key(key, by=bob, now=timezone.now())


def test_grace_never_lengthens_the_life_of_a_key(alice: User, staging: Environment) -> None:
    now = timezone.now()
    key, _ = issue_key(staging, kind="client", name="Web", by=alice, expires_at=now + timedelta(minutes=1))
    made, _ = rotate_key(key, by=alice, now=now, grace=3600)
    assert ApiKey.objects.get(pk=key.pk).expires_at == made.expires_at == now + timedelta(minutes=1)


def test_others_neither_change_nor_rotate_keys(alice: User, bob: User, staging: Environment) -> None:
    key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    with pytest.raises(Forbidden):
        update_key(key, by=bob, now=timezone.now(), name="Mine")
    with pytest.raises(Forbidden):
        rotate_key(key, by=bob, now=timezone.now())
    assert list(ApiKey.objects.values_list("name", "revoked_at")) == [("Web", None)]


def test_who_issued_a_key_is_known_to_history(alice: User, staging: Environment) -> None:
    seen: list[Any] = []

    def listen(sender: type, change: Change, **_: Any) -> None:
        seen.extend((write.row, write.by) for write in change.writes)

    closing.connect(listen)
    try:
        key, _ = issue_key(staging, kind="server", name="Web", by=alice)
    finally:
        closing.disconnect(listen)
    assert seen == [(key, alice)]


def test_hash_is_known_without_django() -> None:
    loads = "import sys, accounts.key_hash; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
