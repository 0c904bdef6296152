"""What a client evaluates: the documents of one environment at one revision, checked before they are used.

As it travels, and as a bootstrap file holds it:

    {"format": 1, "environment": {"id": …, "key": …, "name": …, "project": …},
     "epoch": 0, "revision": 9, "total": 12,
     "documents": {"flag": {"checkout": {…}}, "audience": {…}, "experiment": {…}}}

Changes have `after` beside it, only the documents that are different, and null for those that were taken away. Kinds
that this release does not know are kept and not evaluated.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flagkit.client.splitting import is_end, read_object, read_value
from flagkit.engine import Audience, BrokenDocument, Ruleset, audiences, compile_audience, experiments
from flagkit.running import Running

logger = logging.getLogger("flagkit")

FORMAT = 1
FLAG, AUDIENCE, EXPERIMENT = "flag", audiences.KIND, experiments.KIND
Name = tuple[str, str]  # kind and key
Texts = Mapping[Name, str | None]


class BadConfiguration(ValueError):
    """The bytes are not what an environment's configuration looks like, or not the whole of it."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Never changed, only replaced. `tag` is the ETag that the server knows it by; empty where it came from a file.

    Revisions count within an `epoch`; a server whose database was set back begins a later one.
    """

    environment: Mapping[str, Any]
    revision: int
    epoch: int = 0
    texts: Mapping[Name, str] = field(default_factory=dict)
    ruleset: Ruleset = field(default_factory=Ruleset)
    running: Running = field(default_factory=Running)
    tag: str = ""

    @property
    def position(self) -> tuple[int, int]:
        return self.epoch, self.revision

    def is_of_same_environment(self, other: "Configuration") -> bool:
        return self.environment["id"] == other.environment["id"]  # type: ignore[no-any-return]

    def advanced(self, body: bytes, tag: str) -> "Configuration":
        """This one with the changes that a server sent; itself where they are older. Raises BadConfiguration."""
        found = _parsed(body)
        texts, bare = _texts(found), _bare(found, tag)
        if found.get("after") != self.revision:
            raise BadConfiguration(f"changes after revision {found.get('after')} do not fit revision {self.revision}")
        if not bare.is_of_same_environment(self) or bare.epoch != self.epoch:
            raise BadConfiguration("changes are of another environment, or of another epoch of it")
        return self if bare.revision <= self.revision else bare._filled(self, texts, found.get("total"))

    def to_body(self) -> bytes:
        """The document that `from_body` reads."""
        kinds: dict[str, list[str]] = {}
        for (kind, key), text in self.texts.items():
            kinds.setdefault(kind, []).append(f"{json.dumps(key)}:{text}")
        documents = ",".join(f"{json.dumps(kind)}:{{{','.join(each)}}}" for kind, each in kinds.items())
        place = {"environment": self.environment, "epoch": self.epoch, "revision": self.revision}
        head = {"format": FORMAT, **place, "total": len(self.texts)}
        return f'{json.dumps(head)[:-1]},"documents":{{{documents}}}}}'.encode()

    def _filled(self, before: "Configuration", changes: Texts, total: object) -> "Configuration":
        """This one with the documents of the one before and what changed since."""
        texts = {name: text for name, text in {**before.texts, **changes}.items() if text is not None}
        if total != len(texts):
            raise BadConfiguration(f"{len(texts)} documents at revision {self.revision}, where {total} were promised")
        flags = {key: text for (kind, key), text in changes.items() if kind == FLAG}
        ruleset = before.ruleset.changed(
            {key: text for key, text in flags.items() if text is not None},
            [key for key, text in flags.items() if text is None],
            {key: _audience(key, text) for (kind, key), text in changes.items() if kind == AUDIENCE},
        )
        running = before.running.changed(
            {key: text for (kind, key), text in texts.items() if kind == EXPERIMENT}, ruleset.audiences
        )
        return replace(self, texts=texts, ruleset=ruleset, running=running)


def from_body(body: bytes, tag: str = "") -> Configuration:
    """The configuration of a snapshot's body. Raises BadConfiguration."""
    found = _parsed(body)
    if "after" in found:
        raise BadConfiguration("these are changes, not a snapshot")
    bare = _bare(found, tag)
    return bare._filled(Configuration(bare.environment, 0), _texts(found), found.get("total"))


def of_documents(documents: Mapping[Name, Mapping[str, Any]]) -> Configuration:
    """A configuration of one's own. Raises BadConfiguration where a document is no JSON."""
    try:
        texts = {name: json.dumps(document) for name, document in documents.items()}
    except (TypeError, ValueError) as error:
        raise BadConfiguration(f"documents have to be JSON: {error}") from error
    empty = Configuration({"id": "", "key": "documents"}, 0)
    return empty._filled(empty, texts, len(texts))


def _parsed(body: bytes) -> Mapping[str, Any]:
    """The fields of a body; in place of the documents, the text of each."""
    fields: dict[str, Any] = {}
    texts: dict[Name, str | None] = {}

    def field_of_body(name: str, at: int) -> int:
        if name != "documents":
            fields[name], end = read_value(text, at)
            return end
        fields[name] = texts
        return read_object(text, at, documents_of_kind)

    def documents_of_kind(kind: str, at: int) -> int:
        def document(key: str, at: int) -> int:
            value, end = read_value(text, at)
            texts[kind, key] = None if value is None else text[at:end]
            return end

        return read_object(text, at, document)

    try:
        text = body.decode()
        if not is_end(text, read_object(text, 0, field_of_body)):
            raise ValueError("there is more behind its end")
    except (ValueError, IndexError, RecursionError) as error:
        raise BadConfiguration(f"it is not JSON of a configuration: {error}") from error
    if fields.get("format") != FORMAT:
        raise BadConfiguration(f"format {fields.get('format')!r} is not known to this release of flagkit")
    return fields


def _bare(found: Mapping[str, Any], tag: str) -> Configuration:
    """Where the body stands, without its documents."""
    epoch = _number(found, "epoch") if "epoch" in found else 0
    return Configuration(_environment(found), _number(found, "revision"), epoch, tag=tag)


def _environment(found: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = found.get("environment")
    if not isinstance(environment, dict) or not isinstance(environment.get("id"), str):
        raise BadConfiguration("it does not say which environment it is of")
    return environment


def _number(found: Mapping[str, Any], name: str) -> int:
    value = found.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadConfiguration(f"{name} is {value!r}, not a whole number")
    return value


def _texts(found: Mapping[str, Any]) -> dict[Name, str | None]:
    """Each document as text, which takes a tenth of the memory; None where it was taken away."""
    if "documents" not in found:
        raise BadConfiguration("it has no documents")
    texts: dict[Name, str | None] = found["documents"]
    return texts


def _audience(key: str, text: str | None) -> Audience | None:
    """The audience; None where it was taken away, or is broken: then nobody is in it, and nothing else suffers."""
    try:
        return None if text is None else compile_audience(json.loads(text))
    except (BrokenDocument, AttributeError, TypeError) as error:
        logger.warning("audience %s is left out: %s", key, error)
        return None
