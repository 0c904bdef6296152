"""Which request this thread works on: an id that the caller gave or that was drawn, in its answer and its log lines."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")
logger = logging.getLogger("flagplatform.requests")


def current() -> str:
    """The id of the request that is worked on; empty outside of one."""
    return _current.get()


class RequestIds:
    """The outermost middleware: one id per request, and one line at INFO when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _current.set(_given(request) or uuid.uuid4().hex)
        begun = time.monotonic()
        try:
            response = self.get_response(request)
            response[HEADER] = current()
            _tell(request, response.status_code, time.monotonic() - begun)
            return response
        finally:
            _current.reset(token)


def _given(request: HttpRequest) -> str:
    """What the caller calls the request, when that is harmless in a log."""
    given = request.headers.get(HEADER, "")
    return given if _SANE.fullmatch(given) else ""


def _tell(request: HttpRequest, status: int, seconds: float) -> None:
    """The path without its query, which may hold what is private."""
    facts = {"method": request.method, "path": request.path, "status": status, "milliseconds": round(seconds * 1000, 1)}
    logger.info("%(method)s %(path)s %(status)s in %(milliseconds)s ms", facts, extra={"facts": facts})
