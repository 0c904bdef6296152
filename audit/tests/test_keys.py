"""History tells who did what with an API key, and never what would let somebody use it."""

from typing import Any

import pytest

from accounts.api_keys import hash_of
from accounts.models import User
from audit.models import Entry


@pytest.mark.usefixtures("staging")
def test_history_holds_neither_text_nor_hash(api: Any, alice: User) -> None:
    client = api(alice)
    made = client.post("/api/keys", {"environment_key": "staging", "kind": "client", "name": "Web"}).json()
    client.patch(f"/api/keys/{made['id']}", {"name": "Shop"})
    other = client.post(f"/api/keys/{made['id']}/rotate", {"grace_seconds": 60}).json()
    client.post(f"/api/keys/{other['id']}/revoke")
    entries = Entry.objects.filter(subject="api_key")
    told = str(list(entries.values()))
    assert (entries.count(), "Shop" in told) == (5, True)
    for text in (made["key"], other["key"]):
        assert text not in told
        assert hash_of(text) not in told
