"""A server that the test may cut, stop and start again at its address, and clients of its staging environment."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from flagkit.client import Client
from flagkit.client.options import Options
from tests.conftest import Prepared
from tests.sdk.line import Line
from tests.servers import Installation, Server, wait_for

KEY = """
from accounts.api_keys import issue_key
from accounts.models import Environment, User
key, text = issue_key(Environment.objects.get(key="staging"), kind="{kind}", name="{name}", by=User.objects.get())
print("KEY", text)
"""
QUICK = Options(poll=0.3, timeout=2, refused=0.5, longest_backoff=0.5)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Installation:
    return prepared(tmp_path_factory.mktemp("data"), POLL_SECONDS="0.5")


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    """Serves the percentage flag `checkout` in staging."""
    server = installation.serve().wait().sign_in()
    edit(server, "POST", "flags", key="checkout", flag_type="percentage", is_enabled=True, rollout_percentage=50)
    yield server
    server.end()


@pytest.fixture(scope="module")
def key(server: Server, installation: Installation) -> str:
    return issue_key(server, installation, "server")


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    """The address that clients know, whichever server is behind it."""
    with Line(server.port) as line:
        yield line


@pytest.fixture
def client_of(line: Line, key: str) -> Iterator[Callable[..., Client]]:
    """`client_of()` follows the server; it is closed at the end of the test."""
    made: list[Client] = []

    def make(given: str = key, *, options: Options = QUICK, **more: Any) -> Client:
        made.append(Client(line.url, given, "staging", options=options, **more))
        return made[-1]

    yield make
    for client in made:
        client.close()


def issue_key(server: Server, installation: Installation, kind: str, name: str = "sdk") -> str:
    """A key of staging, which the server knows by now."""
    asked = installation.manage("shell", "--verbosity", "0", "-c", KEY.format(kind=kind, name=name))
    text = asked.split("KEY ")[1].strip()
    wait_for(lambda: is_known(server, text), seconds=15)
    return text


def is_known(server: Server, key: str) -> bool:
    address = f"{server.url}/evaluate/checkout?environment_key=staging&user_id=u1"
    return requests.get(address, headers={"X-API-Key": key}, timeout=5).status_code != 401


def edit(server: Server, method: str, path: str, **fields: Any) -> None:
    """Change something in staging."""
    body = {"environment_key": "staging", **fields}
    answer = server.http.request(method, f"{server.url}/api/{path}", json=body, timeout=10)
    assert answer.status_code < 300, answer.text
