"""A browser's stream at a real server: it is told of an edit, ends with its key, and leaves no token in the log."""

import re
import socket
import threading
from typing import Any

import pytest
import requests

from tests.sdk.conftest import edit, issue_key
from tests.servers import Installation, Server
from tests.test_streams import read_until

pytestmark = pytest.mark.server
REVOKE = """
from datetime import UTC, datetime
from accounts.api_keys import revoke_key
from accounts.models import ApiKey, User
revoke_key(ApiKey.objects.get(name="{name}"), by=User.objects.get(), now=datetime.now(UTC))
"""


def asked(server: Server, key: str, **headers: str) -> requests.Response:
    body = {"context": {"targetingKey": "alice"}}
    named = {"X-API-Key": key, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.post(f"{server.url}/ofrep/v1/evaluate/flags", json=body, headers=named, timeout=10)


def address_in(answer: requests.Response) -> str:
    found: Any = answer.json()["eventStreams"][0]
    return str(found["endpoint"]["requestUri"])


def opened(server: Server, address: str) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=15)
    stream.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
    return stream


def test_an_edit_is_told_and_the_answer_that_is_asked_for_then_has_it(server: Server, key: str) -> None:
    first = asked(server, key)
    assert asked(server, key, If_None_Match=first.headers["ETag"]).status_code == 304
    with opened(server, address_in(first)) as stream:
        assert b"text/event-stream" in read_until(stream, b": welcome")
        edit(server, "PUT", "flags/off", is_enabled=True)
        assert b'"type":"refetchEvaluation"' in read_until(stream, b'"lastModified":')
    second = asked(server, key, If_None_Match=first.headers["ETag"])
    assert {each["key"]: each.get("value") for each in second.json()["flags"]}["off"] is True


def test_who_was_told_of_a_revision_is_answered_from_it(server: Server, key: str) -> None:
    at = asked(server, key).json()["metadata"]["revision"]
    edits = threading.Timer(0.3, edit, (server, "POST", "flags"), {"key": f"after-{at}", "is_enabled": True})
    edits.start()
    told = f"?flagConfigEtag=0.{at + 1}"
    answer = requests.post(f"{server.url}/ofrep/v1/evaluate/flags{told}", headers={"X-API-Key": key}, timeout=10)
    edits.join()
    assert answer.json()["metadata"]["revision"] == at + 1


def test_a_revoked_key_ends_its_stream_and_its_token(server: Server, installation: Installation) -> None:
    address = address_in(asked(server, issue_key(server, installation, "client", "web")))
    with opened(server, address) as stream:
        read_until(stream, b": welcome")
        installation.manage("shell", "--verbosity", "0", "-c", REVOKE.format(name="web"))
        read_until(stream, b"0\r\n\r\n")
    assert requests.get(server.url + address, timeout=10).status_code == 401


def test_no_token_stands_in_the_log(server: Server, key: str) -> None:
    address = address_in(asked(server, key))
    token = address.partition("token=")[2]
    with opened(server, address) as stream:
        read_until(stream, b": welcome")
    requests.post(f"{server.url}{address.replace('stream', 'evaluate/flags')}", timeout=10)
    log = server.log.read_text()
    assert re.search(r"GET /ofrep/v1/stream\?after=[\d.]+&token=… ", log)
    assert token not in log
    assert token.partition(":")[0] not in log
