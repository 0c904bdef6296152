"""Which revisions a request made: told in its answer, so that the caller can ask for them by `min_version`.

X-Config-Version: staging=8
X-Config-Version: development=3, staging=8
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from evaluation.publishing import published

HEADER = "X-Config-Version"
_made: ContextVar[dict[str, int] | None] = ContextVar("made_revisions", default=None)


def listen() -> None:
    published.connect(_note, dispatch_uid="made")


class MadeRevisions:
    """A middleware that collects what is published while a request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        made: dict[str, int] = {}
        token = _made.set(made)
        try:
            response = self.get_response(request)
        finally:
            _made.reset(token)
        if made:
            response[HEADER] = ", ".join(f"{key}={revision}" for key, revision in sorted(made.items()))
        return response


def _note(sender: type, environment_key: str, revision: int, **_: Any) -> None:
    made = _made.get()
    if made is not None and environment_key:
        made[environment_key] = revision
