"""A server that takes events and nothing else, in this process, which tests tell how to answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, dict[str, str], bytes]
CUT: Answer = (0, {}, b"")  # the events are kept, and the connection ends without an answer


class Intake(ThreadingHTTPServer):
    """Keeps each event id once; metric events named `bad` are rejected. `script` goes before its own answers."""

    daemon_threads = True

    def __init__(self, *script: Answer, most: int = 1000, largest: int = 2**21) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.script, self.most, self.largest = list(script), most, largest
        self.refusals = 0
        self.batches: list[list[str]] = []
        self.kept: dict[str, dict[str, Any]] = {}
        self.keys: set[str | None] = set()
        self.is_held = threading.Event()
        self.is_held.set()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_held.set()
        self.shutdown()
        self.server_close()

    def names(self) -> list[str]:
        return [event["name"] for event in self.kept.values()]

    def answer(self, events: list[dict[str, Any]]) -> Answer:
        self.batches.append([event["event_id"] for event in events])
        if self.script and self.script[0] is not CUT:
            return self.script.pop(0)
        if len(events) > self.most:
            return 413, {}, b"{}"
        results = [self._take(event) for event in events]
        if self.script:
            return self.script.pop(0)
        statuses = [result["status"] for result in results]
        counts = {name: statuses.count(name[:-1] if name == "duplicates" else name) for name in _COUNTED}
        return 202, {}, json.dumps({**counts, "results": results}).encode()

    def _take(self, event: dict[str, Any]) -> dict[str, str]:
        known = event["event_id"]
        if event.get("name") == "bad":
            return {"event_id": known, "status": "rejected", "code": "unknown_metric", "message": "no such metric"}
        status = "duplicate" if known in self.kept else "accepted"
        self.kept.setdefault(known, event)
        return {"event_id": known, "status": status}


_COUNTED = ("accepted", "duplicates", "rejected")


class _Taking(BaseHTTPRequestHandler):
    server: Intake

    def do_GET(self) -> None:
        self.send_error(503)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        if length > self.server.largest:  # without reading it, as servers do
            self.close_connection = True
            self.server.refusals += 1
            self.send_error(413)
            return
        body = self.rfile.read(length)
        self.server.keys.add(self.headers["X-API-Key"])
        self.server.is_held.wait(10)
        assert self.path == "/api/events"
        status, headers, answer = self.server.answer(json.loads(body)["events"])
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """A test says what went wrong by itself."""
