"""How log lines look: text for people, or one JSON object per line for what collects them.

    {"at": "2026-03-20T12:34:56.789+00:00", "level": "WARNING", "logger": "evaluation.following", "message": "…",
     "request_id": "…", "facts": {…}, "exception": "Traceback …"}

What a line has nothing to say of is left out. The standard library carries it all, so that what libraries log looks
the same; a logging library would replace these few lines by a dependency.
"""

import logging
import re
from datetime import UTC, datetime
from typing import Any

import orjson
from django.core.exceptions import ImproperlyConfigured

from flagplatform import request_ids

FORMATS = ("text", "json")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_TOKEN = re.compile(r"([?&]token=)[^&\s]+")


class TextLines(logging.Formatter):
    """A line for people, with the request it belongs to."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        said = super().formatMessage(record)
        request = request_ids.current()
        return f"{said} [request {request}]" if request else said


class JsonLines(logging.Formatter):
    """A line for programs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_ids.current(),
            "facts": getattr(record, "facts", None),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return _written({name: value for name, value in line.items() if value})


class WithoutTokens(logging.Filter):
    """Takes the tokens of event streams, which stand in their addresses, out of the server's line for a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub(r"\1…", each) if isinstance(each, str) else each for each in record.args)
        return True


def keep_tokens_out() -> None:
    """Have the server log no tokens, in whatever form it logs."""
    logging.getLogger("uvicorn.access").addFilter(WithoutTokens())


def configuration(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. The server's own lines look like ours where programs read them.

    A logger that the server has silenced stays so: with a handler, uvicorn would write a line per decision.
    """
    if form not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT is text or json, not {form!r}.")
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL is one of {', '.join(LEVELS)}, not {level!r}.")
    ours = {"handlers": ["console"], "propagate": False}
    silent = {"handlers": [], "propagate": False}
    per_request = ours if logging.getLogger("uvicorn.access").handlers else silent
    server = {"uvicorn": ours, "uvicorn.access": per_request} if form == "json" else {}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": JsonLines if form == "json" else TextLines}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django": {**ours, "level": level}, **server},
    }


def _written(line: dict[str, Any]) -> str:
    """As JSON; text that is no Unicode is written with question marks rather than not at all."""
    try:
        return orjson.dumps(line, default=str).decode()
    except (TypeError, ValueError):
        return orjson.dumps(
            {name: str(value).encode(errors="replace").decode() for name, value in line.items()}
        ).decode()
