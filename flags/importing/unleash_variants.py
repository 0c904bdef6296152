"""The variants of an Unleash feature as variants of a flag of ours.

Payloads that are all numbers make a number flag, all JSON an object flag, all text (or csv) a string flag; mixed ones
an object flag whose values are `{"type": …, "value": …}`. A feature without variants is a boolean flag.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Variant = Mapping[str, Any]
_LONGEST = 90  # leaves room for a number behind it
_PLAIN = "on"
_OFF = "off"
_KINDS = {"string": "string", "csv": "string", "number": "number", "json": "object"}
_EMPTY: dict[str, Any] = {"boolean": True, "string": "", "number": 0, "object": {}}


class Variants:
    """The keys that a feature's variants have here. `plain` is what Unleash calls enabled without a variant.

    `names` are Unleash's names of those that are called otherwise here, by key.
    """

    def __init__(self, feature: Mapping[str, Any]) -> None:
        self._found: dict[tuple[str, str], str] = {}
        self._payloads: dict[str, Mapping[str, Any] | None] = {}
        self.names: dict[str, str] = {}
        self.renamed: list[str] = []
        for variant in _all(feature):
            self._take(variant)
        self.type = _type(payload for payload in self._payloads.values())
        self.plain = _free(_PLAIN, self._payloads)
        self.off = _free(_OFF, self._payloads) if self.type == "boolean" else None

    def key(self, variant: Variant) -> str:
        return self._found[_identity(variant)]

    def keys_named(self, name: str) -> list[str]:
        """The keys of all variants with this name in Unleash, which calls the plain one "disabled"."""
        named = [key for (found, _), key in self._found.items() if found == name]
        return [*named, self.plain] if name == "disabled" else named

    def documents(self) -> list[dict[str, Any]]:
        values = {key: self._value(payload) for key, payload in self._payloads.items()}
        off = {} if self.off is None else {self.off: False}
        return [{"key": key, "value": value} for key, value in {**values, self.plain: _EMPTY[self.type], **off}.items()]

    def _take(self, variant: Variant) -> None:
        identity = _identity(variant)
        if identity in self._found:
            return
        name = identity[0]
        free = _key_from(name)
        key = _free(free, self._payloads)
        if free != name:
            self.renamed.append(f"the variant {name} has the key {key} here, which has no other characters than these")
        elif key != name:
            self.renamed.append(f"two variants are called {name}, so one of them is {key} now")
        if key != name:
            self.names[key] = name
        self._found[identity] = key
        self._payloads[key] = variant.get("payload")

    def _value(self, payload: Mapping[str, Any] | None) -> Any:
        if payload is None:
            return _EMPTY[self.type]
        as_it_is = self.type != "object" or (payload["type"] == "json" and _is_readable(payload))
        return _read(payload) if as_it_is else dict(payload)


def _all(feature: Mapping[str, Any]) -> Iterable[Variant]:
    for strategy in feature.get("strategies") or ():
        yield from strategy.get("variants") or ()
    yield from feature.get("variants") or ()


def _identity(variant: Variant) -> tuple[str, str]:
    return str(variant["name"]), json.dumps(variant.get("payload"), sort_keys=True)


def _key_from(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:_LONGEST] or "variant"


def _free(name: str, taken: Mapping[str, Any]) -> str:
    found, at = name, 1
    while found in taken:
        at += 1
        found = f"{name}-{at}"
    return found


def _type(payloads: Iterable[Mapping[str, Any] | None]) -> str:
    found = list(payloads)
    if not found:
        return "boolean"
    kinds = {_KINDS.get(str(payload["type"]), "string") for payload in found if payload is not None}
    readable = all(_is_readable(payload) for payload in found if payload is not None)
    if not readable or len(kinds) > 1:
        return "object"
    return kinds.pop() if kinds else "string"


def _is_readable(payload: Mapping[str, Any]) -> bool:
    try:
        value = _read(payload)
    except ValueError:
        return False
    return payload["type"] != "json" or isinstance(value, (dict, list))


def _read(payload: Mapping[str, Any]) -> Any:
    if payload["type"] == "json":
        return json.loads(payload["value"])
    if payload["type"] == "number":
        number = float(payload["value"])
        if number - number != 0:
            raise ValueError("not finite")
        return int(number) if number.is_integer() and "." not in str(payload["value"]) else number
    return payload["value"]
