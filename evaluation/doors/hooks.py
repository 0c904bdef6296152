"""The decision doors inside uvicorn's HTTP protocol: decisions are answered in the parser's callbacks.

`uvicorn flagplatform.asgi:application --http evaluation.doors.hooks:DecisionProtocol`

httptools parses every byte, as in uvicorn. A usual request for a decision is answered as soon as it is complete,
without a task, a scope or ASGI messages. Every other request goes on to the application exactly as in uvicorn, and the
plain ASGI doors answer decisions with the same bytes. Not usual is what uvicorn and they have rules for that need no
repetition here: an upgrade, `Expect`, a chunked or large body, a request behind one that is not answered yet, a client
that does not read its answers, one that has to wait for a revision. Clients that send or read too slowly are cut off,
whoever answers them.
"""

from asyncio import AbstractEventLoop, BaseTransport, TimerHandle
from typing import Any
from urllib.parse import quote

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from evaluation.doors.asgi import MET
from evaluation.doors.pace import LEAST, Pace, untaken
from evaluation.doors.table import Door, Doors
from evaluation.doors.wire import (
    Headers,
    Reply,
    Request,
    headers_of,
    own_headers,
    refusal,
)

STATE = "decision_doors"  # where the application leaves its Doors when it starts: in the state of ASGI's lifespan
MAX_HEAD = 64 * 1024  # bytes of a request line and headers that are not complete yet, or of trailers
_REPLACED = frozenset(("connection", "content-type", "cache-control", "content-length"))  # where a reply has its own
_END = b"\r\n"  # of the head


class DecisionProtocol(HttpToolsProtocol):
    """One connection. It is uvicorn's own where the application leaves no doors, or lives below a root path."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn knows which proxy to believe when it logs
        self._logs_proxies = self.access_log and config.proxy_headers
        self._doors: Doors | None = None if config.root_path else app_state.get(STATE)
        self._asked: tuple[Door, Request] | None = None  # the decision that is being received
        self._is_in_head = False
        self._unread = 0  # bytes since the packet in which a head or a part of a body was last met
        self._is_cut = False  # what comes behind the last request of a connection is dropped
        self._is_last = False  # the server ends: close behind the decision that is being received
        self._idle_since: float | None = None
        self._idle_timer: TimerHandle | None = None
        self._is_receiving = True  # a request that is not complete; the first one is awaited from the beginning
        self._received = 0
        self._untaken = 0
        self._incoming = Pace(self.loop, self._count_received, self._cut_sender)
        self._outgoing = Pace(self.loop, self._count_sent, self._cut_reader)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._incoming.begin()

    def data_received(self, data: bytes) -> None:
        self._unread += len(data)
        super().data_received(data)
        if self._is_receiving:
            self._incoming.begin()
            self._received += len(data)
        if self._unread > MAX_HEAD:
            self._cut_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outgoing.begin()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._outgoing.end()

    def on_message_begin(self) -> None:
        self._idle_since = None
        self._is_receiving = True
        self.url = b""
        self.headers = []
        self._is_in_head = True
        self._unread = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers come here too, and nobody asks for them."""
        if self._is_in_head:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._unread = 0
        self._is_cut = self.transport.is_closing()
        if self._is_cut:
            return
        self._asked = self._decision()
        if self._asked is None:
            self._go_on()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        if self._asked is not None:
            self._asked[1].body += body
        elif not self._is_cut:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._is_receiving = False
        self._incoming.end()
        if self._asked is not None:
            door, request = self._asked
            self._asked = None
            assert self._doors is not None
            reply = self._doors.answer(door, request)
            if reply.patience:
                self._go_on_whole(request)
            else:
                self._send(reply, request)
        elif not self._is_cut:
            super().on_message_complete()

    def shutdown(self) -> None:
        """uvicorn's: close, or let the request finish that is being received."""
        if self._asked is None:
            super().shutdown()
        else:
            self._is_last = True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._incoming.close()
        self._outgoing.close()
        if self._idle_timer is not None:
            self._idle_timer.cancel()

    def timeout_keep_alive_handler(self) -> None:
        """uvicorn's: close, which waits until what was written is taken."""
        super().timeout_keep_alive_handler()
        self._outgoing.begin()

    def _count_received(self) -> int:
        """Whoever is not read from at the moment is not slow."""
        received, self._received = self._received, 0
        return LEAST if self.flow.read_paused else received

    def _count_sent(self) -> int:
        before, self._untaken = self._untaken, untaken(self.transport)
        return before - self._untaken if self._untaken else LEAST

    def _cut_sender(self) -> None:
        self.transport.close()
        self._outgoing.begin()

    def _cut_reader(self) -> None:
        self.transport.abort()

    def _go_on(self) -> None:
        """What uvicorn does from the beginning of a request to the end of its headers."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.on_url(url)
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        # The application may announce little and for long: it hears of the first byte that is not taken.
        self.transport.set_write_buffer_limits(0)

    def _go_on_whole(self, request: Request) -> None:
        """A request that is here already: who has to wait for its answer, waits in the application."""
        self._go_on()
        self.scope[MET] = request.met  # type: ignore[literal-required]
        super().on_body(request.body)
        super().on_message_complete()
        if self._is_last:
            super().shutdown()

    def _decision(self) -> tuple[Door, Request] | None:
        """The request and its door, where it is a usual one for a decision."""
        if self._doors is None:
            return None
        peer = self.client[0] if self.client else ""
        method = self.parser.get_method()
        door, request, is_forwarded = self._doors.heads.request(method, self.url, self.headers, peer)
        if door is None or not self._is_free() or (is_forwarded and self._logs_proxies):
            return None
        return door, request

    def _is_free(self) -> bool:
        return (
            not self.flow.write_paused
            and (self.cycle is None or self.cycle.response_complete)
            and (self.limit_concurrency is None or not self._is_crowded(self.limit_concurrency))
        )

    def _is_crowded(self, limit: int) -> bool:
        return len(self.connections) >= limit or len(self.tasks) >= limit

    def _send(self, reply: Reply, request: Request) -> None:
        defaults = self.server_state.default_headers
        stays = self._stays_open(request)
        if stays and request.method != "HEAD" and _REPLACED.isdisjoint(reply.headers):
            head = _heads.of(reply, defaults)
            further = _lines(own_headers(reply)) if reply.headers else b""
            self.transport.write(b"".join((head, further, reply.lines, _END, reply.body)))
        else:
            stays = stays and "close" not in reply.headers.get("connection", "")
            body = b"" if request.method == "HEAD" else reply.body
            self.transport.write(_head(reply, defaults, stays=stays) + body)
        if self.access_log:
            self._log(request, reply.status)
        self.server_state.total_requests += 1
        if stays:
            self._rest()
        else:
            self.transport.close()

    def _stays_open(self, request: Request) -> bool:
        """Whether the connection does, by uvicorn's rule: never below HTTP/1.1."""
        if self._is_last or not self.parser.should_keep_alive():
            return False
        return b"connection" not in request.headers or self.parser.get_http_version() != "1.0"

    def _rest(self) -> None:
        """Close the connection when nothing comes for a while; one timer looks after many requests."""
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _close_if_idle(self) -> None:
        self._idle_timer = None
        if self._idle_since is None:
            return  # a request is on its way, and the timer starts again behind it
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._close_if_idle)
        else:
            self.timeout_keep_alive_handler()

    def _cut_head(self) -> None:
        """End a connection whose head does not end, or whose trailers do not."""
        if self._is_in_head and not self.transport.is_closing():
            message = f"The request line and headers are larger than {MAX_HEAD:,} bytes."
            reply = refusal(431, "head_too_large", message, connection="close")
            self.transport.write(_head(reply, self.server_state.default_headers, stays=False) + reply.body)
        self._cut_sender()

    def _log(self, request: Request, status: int) -> None:
        """uvicorn's line."""
        client = f"{self.client[0]}:{self.client[1]}" if self.client else ""
        target = quote(request.path) + ("?" + request.query.decode() if request.query else "")
        version = self.parser.get_http_version()
        self.access_logger.info('%s - "%s %s HTTP/%s" %d', client, request.method, target, version, status)


class _Heads:
    """What stands before a body, put together once a second for each status and length."""

    def __init__(self) -> None:
        self._defaults: Headers = []
        self._known: dict[tuple[int, int], bytes] = {}

    def of(self, reply: Reply, defaults: Headers) -> bytes:
        """The head of a reply up to the headers that are its own; `defaults` are this second's."""
        if defaults is not self._defaults:
            self._defaults, self._known = defaults, {}
        key = reply.status, len(reply.body)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _head(Reply(reply.status, reply.body), defaults, stays=True)[: -len(_END)]
        return found


_heads = _Heads()


def _lines(headers: Headers) -> bytes:
    return b"".join([b"%b: %b\r\n" % (name.lower(), value) for name, value in headers])


def _head(reply: Reply, defaults: Headers, *, stays: bool) -> bytes:
    """Status line and headers, in uvicorn's order."""
    ending = [] if stays or "connection" in reply.headers else [(b"connection", b"close")]
    named = [*defaults, *headers_of(reply), *ending]
    return STATUS_LINE[reply.status] + _lines(named) + _END
