"""The whole application and the decision plane alone, as servers: who answers what, and in which order."""

from collections.abc import Iterator

import pytest

from tests.conftest import Prepared
from tests.servers import Server
from tests.wire import Wire, request

pytestmark = pytest.mark.server

ASK = "/evaluate/nothing?environment_key=staging"


@pytest.fixture(scope="module")
def planes(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[tuple[Server, Server]]:
    installation = prepared(tmp_path_factory.mktemp("planes"))
    whole = installation.serve("whole")
    decision = installation.serve("decision", "flagplatform.asgi:decision")
    try:
        yield whole.wait(seconds=60), decision.wait(seconds=60)
    finally:
        whole.end()
        decision.end()


def told(server: Server, path: str, method: str = "GET") -> tuple[int, str]:
    answer = server.http.request(method, server.url + path, timeout=10)
    assert answer.status_code == 200 or set(answer.json()) == {"code", "message", "fields"}
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/api/health", "/health/"])
def test_both_planes_tell_their_health(planes: tuple[Server, Server], path: str) -> None:
    assert [told(server, path) for server in planes] == [(200, "")] * 2
    assert [told(server, path, "POST") for server in planes] == [(405, "method_not_allowed")] * 2


def test_both_planes_answer_decisions(planes: tuple[Server, Server]) -> None:
    assert [told(server, ASK) for server in planes] == [(404, "flag_not_found")] * 2


def test_both_planes_take_events_from_those_who_show_a_key(planes: tuple[Server, Server]) -> None:
    assert [told(server, "/api/events", "POST") for server in planes] == [(401, "key_missing")] * 2


@pytest.mark.parametrize("path", ["/api/flags", "/dashboard", "/admin/", "/docs", "/", "/evaluate", "/evaluate/"])
def test_the_decision_plane_has_nothing_else(planes: tuple[Server, Server], path: str) -> None:
    assert told(planes[1], path) == (404, "not_found")


def test_decisions_and_views_are_answered_in_the_order_in_which_they_were_asked(planes: tuple[Server, Server]) -> None:
    asked = {ASK: 404, "/api/flags": 401, "/livez": 200, "/evaluate": 404, "/dashboard/sign-in": 200}
    with Wire(planes[0].port) as wire:
        wire.send(b"".join(request(path) for path in asked) * 5)
        assert [wire.answer().status for _ in range(len(asked) * 5)] == [*asked.values()] * 5
