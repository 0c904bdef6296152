"""Decisions answered in the parser's callbacks are, byte for byte, what the plain ASGI doors answer."""

from collections.abc import Iterator

import pytest

from evaluation.doors.wire import MAX_BODY
from tests.hooked import FEW, FEW_KEY, KEY, PATIENT_KEY, SHOP, SHOP_KEY
from tests.servers import Installation, Server
from tests.wire import Answer, Wire, request

pytestmark = pytest.mark.server

ASK = "/evaluate/checkout?environment_key=staging&user_id=alice"
CLOSED = "/evaluate/checkout?environment_key=closed"
BODY = b'{"environment_key": "staging", "user_id": "alice", "context": {"plan": "pro"}}'
CHUNKED = b"4a\r\n" + BODY[:74] + b"\r\n%x\r\n" % len(BODY[74:]) + BODY[74:] + b"\r\n0\r\n\r\n"
STAGING = "?environment_key=staging"
ONE_FLAG, ALL_FLAGS = f"/ofrep/v1/evaluate/flags/checkout{STAGING}", f"/ofrep/v1/evaluate/flags{STAGING}"
LARGER = f"Content-Length: {MAX_BODY + 1}"  # answered before it comes: what came would reset the connection
CONTEXT = b'{"context": {"targetingKey": "alice", "plan": "pro"}}'
REQUESTS = {
    "a flag": request(ASK),
    "a share": request("/evaluate/share?environment_key=staging&user_id=alice"),
    "a share for nobody": request("/evaluate/share?environment_key=staging"),
    "below /api": request(f"/api{ASK}"),
    "a large answer": request("/evaluate/large?environment_key=staging"),
    "trailing slashes": request("/evaluate/checkout//?environment_key=staging"),
    "a percent-encoded path": request("/evaluate/check%6Fut?environment_key=staging"),
    "an encoded slash": request("/evaluate/%2Fcheckout?environment_key=staging"),
    "bytes that are no UTF-8 in the path": request("/evaluate/%ff?environment_key=staging"),
    "an encoded query": request("/evaluate/checkout?environment_key=st%61ging&user_id=gr%C3%BC%C3%9Fe+x"),
    "a context": request(f"{ASK}&context=%7B%22plan%22:%22pro%22%7D"),
    "a broken context": request(f"{ASK}&context=%7B"),
    "NUL": request(f"{ASK}%00"),
    "no environment": request("/evaluate/checkout"),
    "an empty query": request("/evaluate/checkout?"),
    "two question marks": request("/evaluate/checkout?environment_key=staging?x"),
    "an unknown environment": request("/evaluate/checkout?environment_key=nowhere"),
    "an unknown project": request(f"{ASK}&project=nobody"),
    "an unknown flag": request("/evaluate/gone?environment_key=staging"),
    "a flag with a slash": request("/evaluate/a/b?environment_key=staging"),
    "no flag": request("/evaluate/?environment_key=staging"),
    "no flag and no slash": request("/evaluate?environment_key=staging"),
    "two leading slashes": request("//evaluate/checkout?environment_key=staging"),
    "a key": request(CLOSED, f"X-API-Key: {KEY}"),
    "a bearer key": request(CLOSED, f"Authorization: Bearer {KEY}"),
    "no key": request(CLOSED),
    "a wrong key": request(CLOSED, "X-API-Key: fp_server_wrong"),
    "a key of elsewhere": request(ASK, f"X-API-Key: {KEY}"),
    "a page": request(ASK, f"Origin: {SHOP}"),
    "a page with its key": request(CLOSED, f"Origin: {SHOP}", f"X-API-Key: {SHOP_KEY}"),
    "a page with another's key": request(CLOSED, "Origin: https://evil.example", f"X-API-Key: {SHOP_KEY}"),
    "a page with a server key": request(CLOSED, f"Origin: {SHOP}", f"X-API-Key: {KEY}"),
    "a page without a key": request(CLOSED, f"Origin: {SHOP}"),
    "a page that asks for nothing known": request("/evaluate/gone?environment_key=staging", f"Origin: {SHOP}"),
    "a page that is no page": request(ASK, "Origin: gr\u00fc\u00dfe"),
    "a page of the server itself": request(ASK, "Origin: http://localhost"),
    "a page that sends too much": request(ASK, f"Origin: {SHOP}", LARGER, method="POST"),
    "a page that closes": request(ASK, f"Origin: {SHOP}", "Connection: close"),
    "a preflight": request(ASK, f"Origin: {SHOP}", "Access-Control-Request-Method: GET", method="OPTIONS"),
    "a preflight that closes": request(
        ASK, f"Origin: {SHOP}", "Access-Control-Request-Method: GET", "Connection: close", method="OPTIONS"
    ),
    "a page that asks as OpenFeature does": request(
        "/ofrep/v1/evaluate/flags", f"Origin: {SHOP}", f"X-API-Key: {SHOP_KEY}", method="POST"
    ),
    "a page that asks as OpenFeature does with another's key": request(
        "/ofrep/v1/evaluate/flags/checkout", "Origin: https://evil.example", f"X-API-Key: {SHOP_KEY}", method="POST"
    ),
    "a preflight for OpenFeature": request(
        "/ofrep/v1/evaluate/flags", f"Origin: {SHOP}", "Access-Control-Request-Method: POST", method="OPTIONS"
    ),
    "a preflight for nothing": request(
        "/ofrep/v2", f"Origin: {SHOP}", "Access-Control-Request-Method: POST", method="OPTIONS"
    ),
    "OPTIONS": request(ASK, f"Origin: {SHOP}", method="OPTIONS"),
    "decide": request("/api/decide?env=staging&user_key=alice"),
    "decide for nobody": request("/api/decide?env=staging"),
    "a revision that is here": request(f"{ASK}&min_version=7"),
    "a revision that is not here": request(f"{ASK}&min_version=8"),
    "no revision": request(f"{ASK}&min_version=x"),
    "HEAD": request(ASK, method="HEAD"),
    "HEAD of nothing": request("/evaluate/gone?environment_key=staging", method="HEAD"),
    "POST": request("/evaluate/checkout", method="POST", body=BODY),
    "POST without a body": request(ASK, method="POST"),
    "POST of no JSON": request("/evaluate/checkout", method="POST", body=b"{"),
    "POST of the largest body": request(ASK, method="POST", body=b" " * MAX_BODY),
    "POST of a larger one": request(ASK, LARGER, method="POST"),
    "POST in chunks": request("/evaluate/checkout", "Transfer-Encoding: chunked", method="POST") + CHUNKED,
    "GET with a body": request(ASK, body=b"{"),
    "DELETE": request(ASK, method="DELETE"),
    "a method that nobody knows": request(ASK, method="EVALUATE"),
    "Connection: close": request(ASK, "Connection: close"),
    "HTTP/1.0": request(ASK, version="1.0"),
    "HTTP/1.0 that would stay": request(ASK, "Connection: keep-alive", version="1.0"),
    "many headers": request(ASK, *(f"X-Header-{at}: {at}" for at in range(90))),
    "a header twice": request(CLOSED, "X-API-Key: wrong", f"X-API-Key: {KEY}"),
    "an upgrade nobody offers": request(ASK, "Connection: Upgrade", "Upgrade: h2c"),
    "the whole address": request(f"http://localhost{ASK}"),
    "a fragment": request(f"{ASK}#part"),
    "a path beyond ASCII": request("/evaluate/gr\u00fc\u00dfe?environment_key=staging"),
    "a query beyond ASCII": request(f"{ASK}&x=gr\u00fc\u00dfe"),
    "no HTTP": b"who is there?\r\n\r\n",
    "a length that is no number": request(ASK, "Content-Length: many", method="POST"),
    "two lengths": request(ASK, "Content-Length: 1", "Content-Length: 2", method="POST"),
    "a door that breaks": request("/broken"),
    "OFREP, one flag": request(ONE_FLAG, method="POST", body=CONTEXT),
    "OFREP, one flag with a key": request("/ofrep/v1/evaluate/flags/checkout", f"X-API-Key: {KEY}", method="POST"),
    "OFREP, one flag in chunks": request(ONE_FLAG, "Transfer-Encoding: chunked", method="POST") + CHUNKED,
    "OFREP, one flag for nobody": request(f"/ofrep/v1/evaluate/flags/share{STAGING}", method="POST"),
    "OFREP, a flag that is not there": request(f"/ofrep/v1/evaluate/flags/gr%C3%BC%C3%9Fe{STAGING}", method="POST"),
    "OFREP, a flag beyond ASCII": request(f"/ofrep/v1/evaluate/flags/gr\u00fc\u00dfe{STAGING}", method="POST"),
    "OFREP, no JSON": request(ONE_FLAG, method="POST", body=b"{"),
    "OFREP, no key": request("/ofrep/v1/evaluate/flags/checkout", method="POST", body=CONTEXT),
    "OFREP, another method": request(ONE_FLAG),
    "OFREP, too large": request(ONE_FLAG, method="POST", body=b" " * (MAX_BODY + 1)),
    "OFREP, all flags": request(ALL_FLAGS, method="POST", body=CONTEXT),
    "OFREP, all flags that are known": request(ALL_FLAGS, "If-None-Match: *", method="POST", body=CONTEXT),
    "OFREP, news of long ago": request(f"{ALL_FLAGS}&flagConfigEtag=0.1", method="POST", body=CONTEXT),
    "OFREP, nothing": request("/ofrep/v1/nothing", method="PATCH"),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    installation = Installation(tmp_path_factory.mktemp("doors"))
    hooked = installation.serve("hooked", "tests.hooked:answers")
    plain = installation.serve("plain", "tests.hooked:answers", "--http", "httptools")
    try:
        yield hooked.wait(ASK), plain.wait(ASK)
    finally:
        hooked.end()
        plain.end()


def exchanged(server: Server, sent: bytes) -> tuple[Answer, bool]:
    """The answer, and whether the connection ended with it: else it answers a second time."""
    with Wire(server.port) as wire:
        answer = wire.send(sent).answer(has_body=not sent.startswith(b"HEAD"))
        if b"close" in answer.headers.get(b"connection", b""):
            return answer, wire.is_closed()
        assert wire.send(request(ASK)).answer().status == 200
        return answer, False


@pytest.mark.parametrize("name", REQUESTS)
def test_both_doors_answer_with_the_same_bytes(both: tuple[Server, Server], name: str) -> None:
    (hooked, hooked_ended), (plain, plain_ended) = (exchanged(server, REQUESTS[name]) for server in both)
    assert hooked.undated == plain.undated
    assert hooked_ended == plain_ended
    assert hooked.headers.get(b"date") or hooked.status == 400


def test_limits_are_told_in_the_same_bytes(both: tuple[Server, Server]) -> None:
    asked = request(CLOSED, f"X-API-Key: {FEW_KEY}")
    hooked, plain = ([exchanged(server, asked)[0] for _ in range(FEW + 1)] for server in both)
    assert [answer.undated for answer in hooked] == [answer.undated for answer in plain]
    assert [answer.status for answer in hooked] == [*[200] * FEW, 429]
    assert hooked[0].headers[b"x-ratelimit-remaining"] == b"1"
    assert hooked[-1].headers[b"retry-after"] == b"30"


def test_a_request_that_waits_for_a_revision_counts_once(both: tuple[Server, Server]) -> None:
    asked = request(f"{CLOSED}&min_version=99", f"X-API-Key: {PATIENT_KEY}")
    for server in both:
        answer, _ = exchanged(server, asked)
        assert (answer.status, answer.headers[b"x-ratelimit-remaining"]) == (409, b"1")


def test_a_door_that_breaks_is_told_in_the_shape_of_errors(both: tuple[Server, Server]) -> None:
    answer, _ = exchanged(both[0], REQUESTS["a door that breaks"])
    assert (answer.status, answer.json()["code"]) == (500, "internal")
    assert "this door is broken" in both[0].log.read_text()
