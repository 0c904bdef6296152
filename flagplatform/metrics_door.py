"""`GET /metrics`: who may read what Prometheus is told.

With METRICS_TOKEN set, whoever shows it as a bearer token. Without, only programs on the same machine that connect
directly: what comes through a proxy carries a header that says so, and none is trusted where BEHIND_TLS says that
there is one. The names of flags and environments are nobody's business by default.
"""

import hmac
import ipaddress

from evaluation.doors.asgi import Scope
from evaluation.doors.wire import Reply, refusal
from evaluation.store import Store
from flagplatform.metrics import exposition

PATHS = ("/metrics",)
_PROXIED = {b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}


class MetricsDoor:
    """Answers with the metrics of this process, or says how to be let in."""

    def __init__(self, store: Store, *, token: str, most_flags: int, is_behind_proxy: bool) -> None:
        self._store = store
        self._token = token.encode()
        self._most_flags = most_flags
        self._is_behind_proxy = is_behind_proxy

    def opens(self, path: str) -> bool:
        return path.rstrip("/") in PATHS

    def reply(self, scope: Scope) -> Reply:
        headers = dict(scope["headers"])
        refused = self._refused(scope, headers)
        if refused is not None:
            return refused
        accept = headers.get(b"accept", b"").decode("latin-1")
        body, content_type = exposition(self._store, accept, most_flags=self._most_flags)
        return Reply(200, body, {"content-type": content_type})

    def _refused(self, scope: Scope, headers: dict[bytes, bytes]) -> Reply | None:
        if self._token:
            return None if self._shows_token(headers) else _unauthenticated()
        if _is_local(scope) and not self._is_behind_proxy and not headers.keys() & _PROXIED:
            return None
        said = "Metrics are open to this machine alone. Set METRICS_TOKEN, and send it as a bearer token."
        return refusal(403, "metrics_closed", said)

    def _shows_token(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, shown = headers.get(b"authorization", b"").partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(shown.strip(), self._token)


def _unauthenticated() -> Reply:
    said = "Send METRICS_TOKEN as a bearer token: Authorization: Bearer …"
    return refusal(401, "metrics_token_missing", said, WWW_Authenticate="Bearer")


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
