"""Passwords are hashed with Argon2id, one at a time in a process."""

import threading
import time
from typing import Any

from accounts.passwords import Argon2id
from accounts.tests.racing import race


class Watched(Argon2id):
    """Notes how many threads are inside of hashing at once."""

    inside = most = 0
    guard = threading.Lock()

    def _load_library(self) -> Any:
        with self.guard:
            Watched.inside += 1
            Watched.most = max(Watched.most, Watched.inside)
        time.sleep(0.01)
        with self.guard:
            Watched.inside -= 1
        return super()._load_library()


def test_hash_says_its_parameters() -> None:
    assert Argon2id().encode("a password", "some salt").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_hash_is_verified() -> None:
    encoded = Argon2id().encode("a password", "some salt")
    assert Argon2id().verify("a password", encoded)
    assert not Argon2id().verify("another password", encoded)


def test_one_hash_at_a_time() -> None:
    encoded = Argon2id().encode("a password", "some salt")
    verify = [lambda: Watched().verify("a password", encoded)] * 2
    results = race(*verify, *[lambda: Watched().encode("a password", "some salt")] * 2)
    assert results[:2] == [True, True]
    assert Watched.most == 1
