"""What a decision door takes and gives, whatever server carries it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from evaluation import strict_json
from evaluation.again import Lasting, Question

MAX_BODY = 64 * 1024
NO_CONTENT = 204  # the status whose answer has neither a body nor a length
UNREAD = ""  # the hash of a request's API key before anybody has asked for it
FORWARDED = b"x-forwarded-for"

Headers = list[tuple[bytes, bytes]]


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

    `peer` is the address at the other end of the connection, empty where it has none; `met` is what the entrance said,
    which is asked once however often a door is. `bodyless` is the question where it has no body and was asked before;
    `is_repeated` where the same was asked before. `may_wait` until the time is up for which the caller would rather.

    Not frozen, and neither is Reply: making a frozen one takes as long as evaluating a flag.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes = b""
    peer: str = ""
    key_hash: str | None = UNREAD
    bodyless: Question | None = None
    met: "tuple[Reply | Refused | None, bytes] | None" = None
    is_repeated: bool = False
    may_wait: bool = True

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

    def question(self) -> Question:
        """All that a decision can depend on; of the API key it is `key_hash`, which must have been read."""
        return self.method, self.path, self.query, self.body, self.key_hash, self.headers.get(b"if-none-match")

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

    `patience` is for how many seconds the caller would rather wait for what is published next than have this answer,
    which may be empty as long as the request may wait.
    `lines` are further headers as they are sent, each with its line end: what the request was let in with. `lasting`
    tells why the same question has the same answer, where it has.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: float = 0.0
    lines: bytes = b""
    lasting: Lasting | None = None


def headers_of(reply: Reply) -> Headers:
    """Every header of a reply, in the order in which they are sent."""
    headers = {b"cache-control": b"no-store"}
    if reply.status != NO_CONTENT:
        length = b"%d" % len(reply.body)
        headers = {b"content-type": b"application/json", b"content-length": length, **headers}
    headers.update(own_headers(reply))
    return [*headers.items(), *pairs_of(reply.lines)]


def own_headers(reply: Reply) -> Headers:
    """The headers that the reply names, as they are sent."""
    return [(name.encode(), value.encode()) for name, value in reply.headers.items()]


def pairs_of(lines: bytes) -> Headers:
    """Header lines as names and values."""
    pairs = (line.partition(b": ") for line in lines.splitlines())
    return [(name, value) for name, _, value in pairs]


def by_name(headers: Collection[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers for a Request: the last of each name, and every hop of X-Forwarded-For on however many lines."""
    found = dict(headers)
    if FORWARDED in found:
        found[FORWARDED] = b",".join(value for name, value in headers if name == FORWARDED)
    return found


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
