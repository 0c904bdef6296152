"""A server with flags of every type, and keys that name its staging environment by themselves."""

from collections.abc import Iterator

import pytest

from tests.conftest import Prepared
from tests.sdk.conftest import edit, issue_key
from tests.servers import Installation, Server


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Installation:
    return prepared(tmp_path_factory.mktemp("data"), POLL_SECONDS="0.5")


@pytest.fixture(scope="module")
def server(installation: Installation) -> Iterator[Server]:
    server = installation.serve("server", "flagplatform.asgi:application", "--access-log").wait().sign_in()
    _make_flags(server)
    yield server
    server.end()


@pytest.fixture(scope="module")
def key(server: Server, installation: Installation) -> str:
    return issue_key(server, installation, "server")


def _make_flags(server: Server) -> None:
    on = {"is_enabled": True}
    edit(server, "POST", "flags", key="checkout", **on)
    edit(server, "POST", "flags", key="share", flag_type="percentage", rollout_percentage=50, **on)
    values = {"text": ("string", "grüße"), "whole": ("number", 3), "float": ("number", 2.0), "half": ("number", 0.5)}
    for name, (kind, value) in {**values, "object": ("object", {"a": [1]})}.items():
        edit(server, "POST", "flags", key=name, flag_type=kind, variants=[{"key": "v", "value": value}], **on)
    edit(server, "POST", "flags", key="default", flag_type="string", variants=[{"key": "v", "value": "x"}])
    edit(server, "POST", "flags", key="off", is_enabled=False)
    ruled = {"conditions": [{"attribute": "plan", "operator": "eq", "value": "pro"}], "serve": {"variant": "off"}}
    edit(server, "POST", "flags", key="ruled", serve={"variant": "on"}, rules=[ruled], **on)
    edit(server, "POST", "flags", key="visible", client_visible=True, **on)
