"""What answering in the parser's callbacks keeps of uvicorn: each request that is not usual, and each limit."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluation.doors.hooks import MAX_HEAD
from evaluation.doors.wire import MAX_BODY
from tests.hooked import LARGE
from tests.servers import Installation, Server, wait_for
from tests.wire import Answer, Wire, request

pytestmark = pytest.mark.server

ASK = "/evaluate/checkout?environment_key=staging&user_id=alice"
GET, SLOW, LEFT = request(ASK), request("/slow"), request("/left")
LATER = request(f"{ASK}&min_version=99")
BODY = b'{"environment_key": "staging", "user_id": "alice"}'
BODY_LATER = b'{"environment_key": "staging", "min_version": 99}'
POST_LATER = request("/evaluate/checkout", method="POST", body=BODY_LATER)
POST = request("/evaluate/checkout", method="POST", body=BODY)
CHUNKED = request("/left", "Transfer-Encoding: chunked", method="POST") + b"2\r\n{}\r\n0\r\n"

Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Answers whatever reaches the application with what that was."""
    server = Installation(tmp_path_factory.mktemp("hooks")).serve("server", "tests.hooked:shows").wait(ASK)
    yield server
    server.end()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """The same with other options."""
    started: list[Server] = []

    def served(*options: str) -> Server:
        started.append(Installation(tmp_path).serve("server", "tests.hooked:shows", *options))
        return started[-1].wait("/anything")

    yield served
    for each in started:
        each.end(signal.SIGKILL)


def by(answer: Answer) -> str:
    return "application" if answer.json().get("by") else "hooks"


def answers(server: Server, *parts: bytes, count: int = 1, pause: float = 0) -> list[Answer]:
    with Wire(server.port) as wire:
        wire.send(*parts, pause=pause)
        return [wire.answer() for _ in range(count)]


USUAL = {
    "GET": [GET],
    "POST": [POST],
    "POST in two packets": [POST[:-20], POST[-20:]],
    "a head in three packets": [GET[:15], GET[15:40], GET[40:]],
    "a path that is percent-encoded": [request(ASK.replace("checkout", "check%6Fut"))],
    "a trailing slash": [request("/evaluate/checkout/?environment_key=staging")],
    "keep-alive said aloud": [request(ASK, "Connection: keep-alive")],
    "HTTP/1.0": [request(ASK, version="1.0")],
    "the largest body": [request(ASK, method="POST", body=b" " * MAX_BODY)],
}
UNUSUAL = {
    "another path": request("/flags"),
    "a chunked body": request(ASK, "Transfer-Encoding: chunked", method="POST") + b"2\r\n{}\r\n0\r\n\r\n",
    "an upgrade": request(ASK, "Connection: Upgrade", "Upgrade: h2c"),
    "a larger body": request(ASK, method="POST", body=b" " * (MAX_BODY + 1)),
    "a whole address": request(f"http://localhost{ASK}"),
    "a fragment": request(f"{ASK}#part"),
}


@pytest.mark.parametrize("name", USUAL)
def test_usual_decisions_do_not_reach_the_application(server: Server, name: str) -> None:
    assert [by(answer) for answer in answers(server, *USUAL[name], pause=0.05)] == ["hooks"]


@pytest.mark.parametrize("name", UNUSUAL)
def test_everything_else_does(server: Server, name: str) -> None:
    assert [by(answer) for answer in answers(server, UNUSUAL[name])] == ["application"]


def test_who_expects_to_be_told_to_continue_is_told(server: Server) -> None:
    head, body = request(ASK, "Expect: 100-continue", method="POST", body=BODY).split(b"\r\n\r\n")
    with Wire(server.port) as wire:
        assert wire.send(head + b"\r\n\r\n").answer().status == 100
        assert wire.send(body).answer().json()["size"] == len(BODY)


def test_requests_in_one_packet_are_answered_in_their_order(server: Server) -> None:
    users = [f"user-{at}" for at in range(200)]
    sent = b"".join(request(f"/evaluate/share?environment_key=staging&user_id={user}") for user in users)
    told = [answer.json()["detail"] for answer in answers(server, sent, count=len(users))]
    alone = [answers(server, request(f"/evaluate/share?environment_key=staging&user_id={user}"))[0] for user in users]
    assert told == [answer.json()["detail"] for answer in alone]


def test_a_decision_waits_for_the_application_before_it(server: Server) -> None:
    found = answers(server, GET + SLOW + GET + LEFT + POST, count=5)
    assert [by(answer) for answer in found] == ["hooks", *["application"] * 4]
    assert [answer.json()["path"] for answer in found[1:]] == [
        "/slow",
        "/evaluate/checkout",
        "/left",
        "/evaluate/checkout",
    ]


def test_after_the_application_has_answered_decisions_are_answered_here_again(server: Server) -> None:
    with Wire(server.port) as wire:
        found = [by(wire.send(sent).answer()) for sent in (SLOW, GET, LEFT, POST)]
    assert found == ["application", "hooks", "application", "hooks"]


@pytest.mark.parametrize("sent", [request(ASK, "Connection: close"), request(ASK, version="1.0")])
def test_nothing_is_done_behind_the_last_request_of_a_connection(server: Server, sent: bytes) -> None:
    with Wire(server.port) as wire:
        assert wire.send(sent + GET + request("/behind") + POST).answer().headers[b"connection"] == b"close"
        assert wire.is_closed()
    answers(server, request("/later"))
    assert "asked for /later" in server.log.read_text()
    assert "asked for /behind" not in server.log.read_text()


def test_a_head_that_does_not_end_is_refused(server: Server) -> None:
    with Wire(server.port) as wire:
        wire.send(GET[:-2], *[b"X-More: " + b"x" * 8000 + b"\r\n"] * (MAX_HEAD // 8000 + 1), pause=0.02)
        answer = wire.answer()
        assert (answer.status, answer.json()["code"]) == (431, "head_too_large")
        assert wire.is_closed()


def test_a_head_of_a_lawful_size_is_read_packet_by_packet(server: Server) -> None:
    more = [b"X-More: " + b"x" * 8000 + b"\r\n"] * 7
    for first in (GET, LEFT):
        assert answers(server, first[:-2], *more, b"\r\n", pause=0.01)[0].status == 200


def test_the_size_of_a_head_is_its_own_alone(server: Server) -> None:
    """While a request waits for the one before it nothing is read, so that what is sent then arrives at once."""
    large = request(ASK, method="POST", body=b" " * 50_000)
    found = answers(server, SLOW + GET, large + large + GET[:20], b"", b"", GET[20:], count=5, pause=0.15)
    assert [answer.status for answer in found] == [200] * 5


def test_trailers_are_left_aside(server: Server) -> None:
    alone, followed = (answers(server, CHUNKED + trailers)[0] for trailers in (b"\r\n", b"X-More: 1\r\n" * 9 + b"\r\n"))
    assert followed.json() == alone.json()


@pytest.mark.parametrize("trailer", [b"X-More: " + b"x" * 8000 + b"\r\n", b"x" * 8000], ids=["lines", "a line"])
def test_trailers_that_do_not_end_are_cut_off(server: Server, trailer: bytes) -> None:
    with Wire(server.port) as wire:
        wire.send(CHUNKED, *[trailer] * (MAX_HEAD // 8000 + 2), pause=0.02)
        assert wire.is_closed()


def test_what_is_no_http_ends_the_connection_behind_the_answers(server: Server) -> None:
    with Wire(server.port) as wire:
        wire.send(GET + b"who is there?\r\n\r\n")
        assert [wire.answer().status, wire.answer().status] == [200, 400]
        assert wire.is_closed()


def test_an_idle_connection_is_closed_and_a_busy_one_is_not(serve: Serve) -> None:
    server = serve("--timeout-keep-alive", "1")
    with Wire(server.port) as wire:
        for sent in (GET, LEFT, GET, GET, LEFT, POST):
            time.sleep(0.4)  # together more than twice the timeout
            assert wire.send(sent).answer().status == 200
        begun = time.monotonic()
        assert wire.is_closed()
        assert 0.7 < time.monotonic() - begun < 5


def test_a_request_that_is_being_sent_is_not_cut_off_by_the_timeout(serve: Serve) -> None:
    server = serve("--timeout-keep-alive", "1")
    with Wire(server.port) as wire:
        wire.send(GET).answer()
        wire.send(POST[:-5], b"", pause=0.8)
        assert wire.send(POST[-5:]).answer().status == 200


def test_nor_is_one_that_began_in_the_same_packet_as_the_one_before_it(serve: Serve) -> None:
    server = serve("--timeout-keep-alive", "1")
    with Wire(server.port) as wire:
        wire.send(GET + POST[:-5], b"", pause=1.8)
        assert [wire.answer().status, wire.send(POST[-5:]).answer().status] == [200, 200]


def test_who_does_not_read_makes_the_server_stop_reading(serve: Serve) -> None:
    server = serve()
    before = _memory(server)
    with Wire(server.port, timeout=1, receives=4096) as wire:
        number = _sent_until_nobody_reads(wire, request("/evaluate/large?environment_key=staging") * 100) * 100
        assert _memory(server) - before < 100_000_000 < number * LARGE


def test_who_reads_slowly_gets_every_answer(serve: Serve) -> None:
    server = serve()
    asked = request("/evaluate/large?environment_key=staging") + GET
    with Wire(server.port, receives=4096) as wire:
        wire.send(asked * 50)
        sizes = [len(wire.answer().body) for _ in range(100)]
    assert all(size > LARGE or size < 300 for size in sizes)
    assert len(sizes) == 100


def test_told_to_stop_it_closes_idle_connections_and_finishes_what_is_being_sent(serve: Serve) -> None:
    server = serve("--timeout-graceful-shutdown", "10")
    with Wire(server.port) as idle, Wire(server.port) as busy:
        idle.send(GET).answer()
        busy.send(POST[:-5])
        wait_for(lambda: len(answers(server, GET)) == 1, seconds=5)  # what was sent before has arrived by now
        server.process.send_signal(signal.SIGTERM)
        assert idle.is_closed()
        answer = busy.send(POST[-5:]).answer()
        assert (answer.status, answer.headers[b"connection"]) == (200, b"close")
        assert busy.is_closed()
    server.process.wait(10)


def test_access_log_says_what_uvicorn_says(serve: Serve) -> None:
    server = serve("--access-log")
    answers(server, request("/evaluate/gr%C3%BC%C3%9Fe?environment_key=staging&x=%20"))
    line = '"GET /evaluate/gr%C3%BC%C3%9Fe?environment_key=staging&x=%20 HTTP/1.1" 404'
    wait_for(lambda: line in server.log.read_text(), seconds=5)
    assert "127.0.0.1:" in next(each for each in server.log.read_text().splitlines() if line in each)


def test_access_log_believes_a_proxy_where_uvicorn_does(serve: Serve) -> None:
    server = serve("--access-log", "--proxy-headers")
    answers(server, request(ASK, "X-Forwarded-For: 192.0.2.7"))
    wait_for(lambda: f'192.0.2.7:0 - "GET {ASK} HTTP/1.1" 200' in server.log.read_text(), seconds=5)


def test_without_an_access_log_nothing_is_logged(server: Server) -> None:
    answers(server, request("/evaluate/quiet?environment_key=staging"))
    answers(server, LEFT)
    assert "quiet" not in server.log.read_text()


def test_headers_of_the_server_can_be_left_out_and_added(serve: Serve) -> None:
    server = serve("--no-date-header", "--no-server-header", "--header", "X-Node:7")
    names = answers(server, GET)[0].headers.keys()
    assert names == {b"x-node", b"content-type", b"content-length", b"cache-control"}


def test_the_hour_moves_on(server: Server) -> None:
    first = answers(server, GET)[0].headers[b"date"]
    wait_for(lambda: answers(server, GET)[0].headers[b"date"] != first, seconds=5)


def test_decisions_count_for_the_limits_on_connections(serve: Serve) -> None:
    server = serve("--limit-concurrency", "2", "--timeout-keep-alive", "1")
    wait_for(lambda: answers(server, GET)[0].status == 200, seconds=5)
    with Wire(server.port) as other:
        other.send(LEFT).answer()
        with Wire(server.port) as wire:
            assert wire.send(GET).answer().status == 503


def test_decisions_count_for_the_limit_on_requests(serve: Serve) -> None:
    server = serve("--limit-max-requests", "20")
    answers(server, GET * 20, count=20)
    server.process.wait(10)


def test_below_a_root_path_everything_goes_to_the_application(serve: Serve) -> None:
    assert by(answers(serve("--root-path", "/flags"), GET)[0]) == "application"


def test_who_has_to_wait_for_a_revision_waits_in_the_application(server: Server) -> None:
    found = answers(server, LATER, GET, POST_LATER, count=3, pause=0.1)
    assert [by(answer) for answer in found] == ["application", "hooks", "application"]
    assert [answer.json().get("size") for answer in found] == [0, None, len(BODY_LATER)]


def test_who_has_to_wait_while_the_server_ends_is_answered_and_let_go(serve: Serve) -> None:
    server = serve()
    with Wire(server.port) as wire:
        wire.send(POST_LATER[:-5], pause=0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        wire.send(POST_LATER[-5:])
        assert by(wire.answer()) == "application"
        assert wire.is_closed()


def _sent_until_nobody_reads(wire: Wire, sent: bytes) -> int:
    """How often these bytes could be sent."""
    for times in range(2_000):
        try:
            wire.send(sent)
        except TimeoutError:
            return times
    raise AssertionError("the server reads and reads")


def _memory(server: Server) -> int:
    """Bytes that the process holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096
