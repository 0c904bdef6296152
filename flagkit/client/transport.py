"""How a client speaks with its server: one GET with deadlines, and a stream that another thread can cut."""

import encodings.idna  # noqa: F401 - else imported by the first look-up, and a fork amid that locks the child for ever
import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

_LARGEST = 256 * 1024 * 1024  # bytes of an answer
_CHUNK = 65_536
_SECONDS = re.compile("[0-9]{1,4}")
_FAILURES = (OSError, http.client.HTTPException, ValueError)


class Unreachable(Exception):
    """The server did not answer, or not as it should; `retry_after` is what it asked for, in seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(Exception):
    """The server does not accept what it was shown: the key, the environment, or the project."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Transport:
    """The doors of one environment, behind one API key."""

    def __init__(
        self, url: str, key: str, *, environment: str, project: str, timeout: float, context: ssl.SSLContext | None
    ) -> None:
        """Raises ValueError for an address that is none."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a server: write it like https://flags.example.com")
        if not environment:
            raise ValueError("name the environment that the key is for")
        self._is_secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._api = f"{parts.path.rstrip('/')}/api"
        self._path = f"{self._api}/environments/{quote(environment, safe='')}"
        self._project = {"project": project} if project else {}
        self._headers = {"X-API-Key": key, "User-Agent": "flagkit-python"}
        self._timeout = timeout
        self._context = context or (ssl.create_default_context() if self._is_secure else None)

    def get(self, what: str, *, tag: str = "", **query: int) -> Answer:
        """200, 304 or 410 with its body. Raises Unreachable and Refused."""
        headers = {"If-None-Match": tag} if tag else {}
        connection = self._connection(self._timeout)
        try:
            response = self._ask(connection, what, headers, query)
            body = _read(response, time.monotonic() + self._timeout)
            return _checked(Answer(response.status, _named(response), body))
        except _FAILURES as error:
            raise Unreachable(f"{self._host} does not answer: {error!r}") from error
        finally:
            connection.close()

    def post(self, what: str, body: bytes) -> Answer:
        """Whatever the answer is. Raises Unreachable where there is none."""
        headers = {**self._headers, "Content-Type": "application/json"}
        connection = self._connection(self._timeout)
        try:
            connection.connect()
            with suppress(BrokenPipeError, ConnectionResetError):  # who refuses a body answers before all of it is sent
                connection.request("POST", f"{self._api}/{what}", body, headers)
            response = connection.getresponse()
            return Answer(response.status, _named(response), _read(response, time.monotonic() + self._timeout))
        except _FAILURES as error:
            raise Unreachable(f"{self._host} does not answer: {error!r}") from error
        finally:
            connection.close()

    @contextmanager
    def stream(self, cutter: "Cutter", *, last_id: str, silence: float) -> Iterator[Iterator[bytes]]:
        """The lines of the stream, until it ends. Raises Refused, and Unreachable, also after `silence` seconds."""
        connection = self._connection(self._timeout)
        response = None
        try:
            headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last_id} if last_id else {})}
            connection.connect()
            line = cutter.hold(connection.sock)
            response = self._ask(connection, "stream", headers, {})
            if response.status != http.HTTPStatus.OK:
                body = _read(response, time.monotonic() + self._timeout)
                _checked(Answer(response.status, _named(response), body))
                raise Unreachable(f"the stream was answered with {response.status}")
            line.settimeout(silence)
            yield iter(response.readline, b"")
        except _FAILURES as error:
            raise Unreachable(f"the stream broke: {error!r}") from error
        finally:
            cutter.release()
            if response is not None:
                response.close()
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._is_secure:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    def _ask(
        self, connection: http.client.HTTPConnection, what: str, headers: Mapping[str, str], query: Mapping[str, int]
    ) -> http.client.HTTPResponse:
        parameters = urlencode({**query, **self._project})
        connection.request("GET", f"{self._path}/{what}?{parameters}", headers={**self._headers, **headers})
        return connection.getresponse()


class Cutter:
    """Ends a stream that another thread reads."""

    def __init__(self) -> None:
        self._holding = threading.Lock()
        self._line: socket.socket | None = None
        self._is_cut = False

    def hold(self, line: socket.socket) -> socket.socket:
        """This is the stream's connection; it is refused when the stream was cut before."""
        with self._holding:
            if self._is_cut:
                raise ConnectionAbortedError("the client was closed")
            self._line = line
        return line

    def release(self) -> None:
        with self._holding:
            self._line = None

    def cut(self) -> None:
        with self._holding:
            self._is_cut = True
            if self._line is not None:
                with suppress(OSError):  # it is gone already
                    self._line.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        """Close this process's end after a fork, and leave the parent's stream alone."""
        if self._line is not None:
            socket.close(self._line.detach())


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    """The whole body, or an error where it is endless or late."""
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > _LARGEST:
            raise ValueError(f"the answer is larger than {_LARGEST} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
    if response.length:
        raise ConnectionError("the answer was cut off")
    return bytes(body)


def _named(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _checked(answer: Answer) -> Answer:
    """The answer if it is one. Raises Refused for those that asking again will not change, else Unreachable."""
    if answer.status in (200, 304, 410):
        return answer
    if answer.status in (400, 401, 403, 404, 405):
        raise Refused(said(answer))
    raise unreachable(answer)


def unreachable(answer: Answer) -> Unreachable:
    after = answer.headers.get("retry-after", "")
    return Unreachable(said(answer), float(after) if _SECONDS.fullmatch(after) else 0.0)


def said(answer: Answer) -> str:
    """The status, and the reason that the server gives."""
    return f"the server answered {answer.status}: {_message(answer.body)}"


def _message(body: bytes) -> str:
    try:
        found = json.loads(body)
        return str(found.get("message", ""))[:300]
    except (ValueError, AttributeError, RecursionError):
        return "no reason given"
