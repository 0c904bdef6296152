"""A server of nothing but snapshots, in this process, which tests tell how to answer."""

import base64
import hashlib
import http.server
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

from flagkit.client.options import Options
from flagkit.tests import wire

QUICK = Options(streaming=False, poll=0.1, timeout=5, refused=0.1, longest_backoff=0.1)


class Snapshots(http.server.ThreadingHTTPServer):
    """Answers every request with the snapshot of these documents, or with the status that it is told to answer with."""

    daemon_threads = True

    def __init__(self, documents: Sequence[Mapping[str, Any]], *, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.body, self.status = wire.body(*documents), status
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Answering(http.server.BaseHTTPRequestHandler):
    server: Snapshots

    def do_GET(self) -> None:
        body = self.server.body if self.server.status == 200 else b"{}"
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Digest", f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """A test says what went wrong by itself."""
