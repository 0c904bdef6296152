"""A shop whose pages ask flags in the program's own memory, and whose events say who saw what and who bought."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.track import TrackingEventDetails

import flagkit
from flagkit.openfeature import Provider


class Shop(BaseHTTPRequestHandler):
    """`GET /?visitor=alice` tells which checkout Alice sees and why; `POST /?visitor=alice&price=9.5` what she paid."""

    def do_GET(self) -> None:
        visitor = self._asked("visitor", "somebody")
        found = api.get_client().get_boolean_details("new-checkout", False, EvaluationContext(visitor))
        checkout = "one page" if found.value else "three steps"
        self._answer({"visitor": visitor, "checkout": checkout, "reason": found.reason})

    def do_POST(self) -> None:
        visitor, price = self._asked("visitor", "somebody"), float(self._asked("price", "0"))
        api.get_client().track("bought", EvaluationContext(visitor), TrackingEventDetails(price))
        self._answer({"visitor": visitor, "paid": price})

    def _asked(self, name: str, default: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(name, [default])[0]

    def _answer(self, what: dict[str, object]) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are not what this example is about."""


def tell_change(details: EventDetails) -> None:
    print("changed:", ", ".join(details.flags_changed or ()), flush=True)


def tell_stale(details: EventDetails) -> None:
    print("the server is away; the last good answers go on:", details.message, flush=True)


def main() -> None:
    environment = os.environ.get("FLAGPLATFORM_ENVIRONMENT", "development")
    client = flagkit.Client(os.environ["FLAGPLATFORM_URL"], os.environ["FLAGPLATFORM_KEY"], environment)
    api.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, tell_change)
    api.add_handler(ProviderEvent.PROVIDER_STALE, tell_stale)
    api.set_provider_and_wait(Provider(client, track_exposures=True))
    port = int(os.environ.get("PORT", "8100"))
    with ThreadingHTTPServer(("127.0.0.1", port), Shop) as server:
        print(f"open http://localhost:{port}/?visitor=alice", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
