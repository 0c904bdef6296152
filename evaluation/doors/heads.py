"""What the head of a request says, read once for all requests that begin with the same bytes.

A program sends the same headers each time and asks the same address again, and reading them takes longer than
answering. Addresses and headers are remembered apart, and each only once it has come again: many programs ask about
many users, but each of them sends headers of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from evaluation.again import Lately, Repeats
from evaluation.doors.access import key_hash_of
from evaluation.doors.wire import FORWARDED, MAX_BODY, UNREAD, Headers, Request, by_name

Find = Callable[[str], Any]  # the door of a path, None where there is none
MOST = 4_096  # of a kind until the oldest are forgotten; up to twice as many are remembered
_LONGEST = 1_024  # bytes of what is remembered
_UNUSUAL = frozenset((b"upgrade", b"expect", b"transfer-encoding"))


class Place:
    """An address: path and query, and the door there, None where there is none."""

    __slots__ = ("door", "path", "query")

    def __init__(self, url: bytes, find: Find) -> None:
        self.path, self.query = _parts(url)
        self.door = None if b"#" in url else find(self.path)


class Fields:
    """The headers of a request. `key_hash` is UNREAD until somebody asks for it."""

    __slots__ = ("by_name", "is_forwarded", "is_usual", "key_hash", "tag")

    def __init__(self, headers: Headers) -> None:
        found: Mapping[bytes, bytes] = dict(headers)
        self.is_forwarded = FORWARDED in found
        self.by_name = by_name(headers) if self.is_forwarded else found
        length = found.get(b"content-length")
        self.is_usual = found.keys().isdisjoint(_UNUSUAL) and (length is None or int(length) <= MAX_BODY)
        self.key_hash: str | None = UNREAD
        self.tag = found.get(b"if-none-match")


class Heads:
    """What was read last."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._met = Repeats()
        self._places: Lately[bytes, Place] = Lately(MOST)
        self._fields: Lately[tuple[tuple[bytes, bytes], ...], Fields] = Lately(MOST)

    def request(self, method: bytes, url: bytes, headers: Headers, peer: str = "") -> tuple[Any, Request, bool]:
        """The door, None where it is no decision that is asked for, or not in a usual way; a new request without a
        body; and whether it was forwarded.
        """
        written = tuple(headers)
        place, fields = self._places[url], self._fields[written]
        are_known = place is not None and fields is not None
        place, fields = place or self._read_place(url), fields or self._read_fields(written, headers)
        named = method.decode("ascii")
        question = (named, place, fields.key_hash, fields.tag) if are_known else None
        request = Request(named, place.path, place.query, fields.by_name, b"", peer, fields.key_hash, question)
        return place.door if fields.is_usual else None, request, fields.is_forwarded

    def _read_place(self, url: bytes) -> Place:
        place = Place(url, self._find)
        if place.door is not None and len(url) <= _LONGEST and self._met.note(url):
            self._places.put(url, place)
        return place

    def _read_fields(self, written: tuple[tuple[bytes, bytes], ...], headers: Headers) -> Fields:
        fields = Fields(headers)
        if sum(len(name) + len(value) for name, value in headers) <= _LONGEST and self._met.note(written):
            fields.key_hash = key_hash_of(Request("", "", b"", fields.by_name))
            self._fields.put(written, fields)
        return fields


def _parts(url: bytes) -> tuple[str, bytes]:
    """The path, decoded and without slashes at its end, and the query as it stands."""
    raw, _, query = url.partition(b"?")
    path = raw.decode("ascii")
    if "%" in path:
        path = unquote(path)
    return path.rstrip("/"), query
