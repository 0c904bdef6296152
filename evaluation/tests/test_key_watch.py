"""What happens to an API key anywhere is known in every process within a second, without an announcement."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.api_keys import issue_key, revoke_key, rotate_key, update_key
from accounts.models import ApiKey, Environment, User
from evaluation import reading
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.known_keys import KnownKey
from evaluation.store import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(alice: User, staging: Environment) -> ApiKey:
    return issue_key(staging, kind="client", name="Web", by=alice)[0]


@pytest.fixture
def follower(tmp_path: Path, key: ApiKey) -> Follower:
    """A process that hears of nothing, and has looked once."""
    found = Follower(Store(), DiskCopy(tmp_path))
    found._look_at_keys()
    return found


def keys_in(follower: Follower) -> set[str]:
    snapshot = follower.store.find("", "staging")
    assert snapshot
    return set(snapshot.address.keys)


def test_a_key_is_served_with_what_is_stored_of_it(alice: User, staging: Environment, tmp_path: Path) -> None:
    until = timezone.now() + timedelta(days=1)
    key, _ = issue_key(
        staging,
        kind="client",
        name="Web",
        by=alice,
        allowed_origins=["https://shop.example"],
        rate_limit=60,
        expires_at=until,
    )
    [address] = [address for address, _ in reading.addresses() if address.key == "staging"]
    known = KnownKey(key.key_hash, "client", ("https://shop.example",), 60, until.timestamp())
    assert address.keys == {key.key_hash: known}


def test_a_revoked_key_is_dead_at_the_next_look(follower: Follower, key: ApiKey, alice: User) -> None:
    assert keys_in(follower) == {key.key_hash}
    revoke_key(key, by=alice, now=timezone.now())
    follower._look_at_keys()
    assert keys_in(follower) == set()


def test_a_new_key_is_known_at_the_next_look(follower: Follower, key: ApiKey, alice: User) -> None:
    made, _ = rotate_key(key, by=alice, now=timezone.now())
    follower._look_at_keys()
    assert keys_in(follower) == {made.key_hash}


def test_keys_of_an_environment_that_is_deleted_are_dead(follower: Follower, staging: Environment) -> None:
    staging.delete()
    follower._look_at_keys()
    assert follower.store.find("", "staging") is None


def test_a_key_that_expires_is_taken_away_though_nobody_wrote(
    follower: Follower, key: ApiKey, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    update_key(key, by=alice, now=now, expires_at=now + timedelta(hours=1))
    follower._look_at_keys()
    assert keys_in(follower) == {key.key_hash}
    monkeypatch.setattr(reading.timezone, "now", lambda: now + timedelta(hours=2))
    follower._look_at_keys()
    assert keys_in(follower) == set()


def test_a_change_by_a_process_whose_clock_is_behind_is_seen(
    follower: Follower, key: ApiKey, alice: User, staging: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its instant is older than the newest one, and there are as many keys as before."""
    issue_key(staging, kind="server", name="Newer", by=alice)
    follower._look_at_keys()
    behind = timezone.now() - timedelta(days=1)
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: behind)
        update_key(key, by=alice, now=behind, rate_limit=5)
    assert ApiKey.objects.get(pk=key.pk).updated_at == behind
    follower._look_at_keys()
    snapshot = follower.store.find("", "staging")
    assert snapshot
    assert snapshot.address.keys[key.key_hash].rate_limit == 5


def test_nothing_is_read_again_while_no_key_changes(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "follow", lambda: pytest.fail("nothing has changed"))
    follower._look_at_keys()


def test_a_change_that_could_not_be_followed_is_tried_again(
    follower: Follower, key: ApiKey, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoke_key(key, by=alice, now=timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr(reading, "addresses", _away)
        follower._look_at_keys()
    assert keys_in(follower) == {key.key_hash}
    follower._look_at_keys()
    assert keys_in(follower) == set()


def test_with_the_database_away_the_known_keys_go_on(
    follower: Follower, key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = iter([False, False, True])
    monkeypatch.setattr(follower._stopped, "wait", lambda _: next(rounds))
    monkeypatch.setattr(reading, "keys_state", _away)
    follower._watch_keys()
    assert keys_in(follower) == {key.key_hash}


def _away(*_: Any) -> None:
    raise OperationalError("connection refused")
