"""Which pages may show an API key: their origins, written as browsers send them."""

import re
from collections.abc import Iterable

from accounts.key_hash import ANY_ORIGIN

MAX_ORIGINS = 100
_FORM = re.compile(
    r"""
    (?P<scheme>[a-z][a-z0-9+.-]*)://
    (?P<host>[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])
    (:(?P<port>[0-9]{1,5}))?
    """,
    re.VERBOSE,
)
_USUAL_PORTS = {"http": 80, "https": 443}
_SENTENCE = "{} is no origin. Give scheme and host, and a port where there is one: https://shop.example, or * for any."


class NoOrigin(ValueError):
    """The text is not what a browser sends as an origin; says what is."""


def origins_in(given: Iterable[str]) -> list[str]:
    """The origins, each once, in lower case and without the port that its scheme implies. Raises NoOrigin."""
    found = list(dict.fromkeys(_origin(text) for text in given))
    if len(found) > MAX_ORIGINS:
        raise NoOrigin(f"Give at most {MAX_ORIGINS} origins.")
    return [ANY_ORIGIN] if ANY_ORIGIN in found else found


def _origin(text: str) -> str:
    if text == ANY_ORIGIN:
        return text
    parts = _FORM.fullmatch(text.lower()) if len(text) <= 300 else None
    if parts is None:
        raise NoOrigin(_SENTENCE.format(text[:100]))
    scheme, host, port = parts["scheme"], parts["host"], int(parts["port"] or 0)
    if port > 65535 or (parts["port"] and not port):
        raise NoOrigin(_SENTENCE.format(text[:100]))
    return f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS.get(scheme) else "")
