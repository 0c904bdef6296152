"""What a decision door takes and gives, whatever server carries it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from evaluation import strict_json

MAX_BODY = 64 * 1024


class Refused(Exception):
    """A request that a door cannot answer: status, stable code and a sentence that says what to do."""

    patience = 0.0  # as a reply's

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    @property
    def reply(self) -> "Reply":
        """The refusal in the API's one shape."""
        return refusal(self.status, self.code, self.message, **self.headers)


class Behind(Refused):
    """The caller knows of a revision that this process does not serve yet."""

    patience = 1.0

    def __init__(self, message: str) -> None:
        super().__init__(409, "behind", message, retry_after="1")


@dataclass(slots=True)
class Request:
    """Path percent-decoded and without trailing slash, raw query, header names in lower case, the whole body.

    Not frozen, and neither is Reply: making a frozen one takes as long as evaluating a flag.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes = b""

    def parameters(self) -> dict[str, str]:
        """The query's parameters; the last one counts where a name is given twice. Raises Refused."""
        found: dict[str, str] = {}
        if not self.query:
            return found
        try:
            text = self.query.decode("ascii")
            is_encoded = "%" in text or "+" in text
            for part in text.split("&"):
                name, _, value = part.partition("=")
                if is_encoded:
                    name, value = _plain(name), _plain(value)
                found[name] = value
        except UnicodeDecodeError as error:
            raise Refused(400, "invalid", "The query string must be percent-encoded UTF-8.") from error
        return found

    def has_any(self, *tags: str) -> bool:
        """Whether If-None-Match names one of these ETags, or any by `*`; compared weakly, as RFC 9110 says."""
        given = self.headers.get(b"if-none-match")
        if given is None:
            return False
        opaque = {_opaque(tag) for tag in given.decode("latin-1").split(",")}
        return "*" in opaque or not opaque.isdisjoint(map(_opaque, tags))

    def json(self) -> dict[str, Any]:
        """The body as a JSON object, `{}` when there is none. Raises Refused."""
        if not self.body.strip():
            return {}
        try:
            value = strict_json.loads(self.body)
        except strict_json.BadJSON as error:
            raise Refused(400, "parse_error", f"The body cannot be read: {error}.") from error
        if not isinstance(value, dict):
            raise Refused(400, "parse_error", "The body must be a JSON object.")
        return value


@dataclass(slots=True)
class Reply:
    """Status, body, and headers beyond the length; JSON where they name no content type.

    `patience` is for how many seconds the caller would rather wait for what is published next than have this answer.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: float = 0.0


def headers_of(reply: Reply) -> list[tuple[bytes, bytes]]:
    """Every header of a reply, in the order in which they are sent."""
    headers = {
        b"content-type": b"application/json",
        b"content-length": b"%d" % len(reply.body),
        b"cache-control": b"no-store",
    }
    headers.update((name.encode(), value.encode()) for name, value in reply.headers.items())
    return [*headers.items()]


def refusal(status: int, code: str, message: str, **headers: str) -> Reply:
    """An error in the API's one shape; header names are given with underscores."""
    return Reply(status, orjson.dumps({"code": code, "message": message, "fields": {}}), named_headers(headers))


def named_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that Python's arguments named, as HTTP names them."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _opaque(tag: str) -> str:
    """What two ETags have in common that are the same by weak comparison."""
    return tag.strip().removeprefix("W/").strip('"')


def _plain(text: str) -> str:
    plain = unquote_plus(text, errors="strict")
    if "\x00" in plain:
        raise Refused(400, "invalid", "The query string must not contain the NUL character (%00).")
    return plain
