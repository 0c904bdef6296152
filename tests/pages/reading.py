"""What a page shows, read the way assistive technology does: elements by name and attributes, and the text."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from accounts.models import Environment
from flags.models import Flag, FlagConfig

Browse = Callable[..., Client]


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = field(default="")

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def __contains__(self, attribute: str) -> bool:
        return attribute in self.attributes


def elements(response: Any, tag: str, /, **wanted: str) -> list[Element]:
    """`elements(page, "button", role="switch")`, in the order of the page."""
    parser = _Elements()
    parser.feed(response.content.decode())
    matching = (element for element in parser.found if element.tag == tag)
    return [e for e in matching if all(e.attributes.get(key.rstrip("_")) == value for key, value in wanted.items())]


def element(response: Any, tag: str, /, **wanted: str) -> Element:
    """The only element of this kind."""
    found = elements(response, tag, **wanted)
    assert len(found) == 1, f"{len(found)} × {tag} {wanted}"
    return found[0]


def text(response: Any) -> str:
    """What is read out: no tags, and white space as one space."""
    without_tags = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(without_tags).split())


def stored(flag: Flag, environment: Environment) -> FlagConfig:
    """What the flag does in an environment, as the database has it; off before anything was set."""
    return FlagConfig.objects.filter(flag=flag, environment=environment).first() or FlagConfig()


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.found.append(element)
        self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(element.tag == tag for element in self._open):
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text = f"{element.text} {data.strip()}".strip()
