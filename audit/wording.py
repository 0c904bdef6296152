"""History in words for people: what was done to what, and each field's old and new value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.queries import DEFAULT_PROJECT, ids_in
from audit.models import Entry
from audit.queries import FLAG_SUBJECTS

_VERBS = {"create": "created", "update": "changed", "delete": "deleted"}
_SUBJECTS = {
    "flag_config": "flag",
    "api_key": "API key",
    "variant": "variant of experiment",
    "allocation": "allocation of experiment",
    "experiment_metric": "metric of experiment",
    "analysis_plan": "analysis plan of experiment",
}
_ABOUT_CONFIGS = {"create": "set up", "update": "changed", "delete": "removed"}  # of a flag, in an environment
_PEOPLE = ("owner_id",)
_UNTOLD = ("project_id", "environment_id", "experiment_id", "user_id")  # the entry's place has their names
NOTHING = "nothing"
MAX_WORDS = 2000  # characters of one value: an audience may name 100,000 keys


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as it is read: `verb` and `subject` stand before the key of what was changed."""

    entry: Entry
    verb: str
    subject: str
    differences: Sequence[Difference]

    @property
    def is_about_flag(self) -> bool:
        return self.entry.subject in FLAG_SUBJECTS

    @property
    def is_elsewhere(self) -> bool:
        """Whether it happened in another project than the one that is meant where none is named."""
        return self.entry.project not in ("", DEFAULT_PROJECT) and self.entry.subject != "project"


def told(entries: Iterable[Entry]) -> list[Told]:
    """At most two queries, however many people and other rows the entries name."""
    entries = list(entries)
    names = {**_people(entries), **_rows(entries)}
    return [_told(entry, names) for entry in entries]


def in_words(value: Any) -> str:
    """A JSON value as a person would write it: `variant blue, weight 50; variant green, weight 50`.

    Which buckets make up a weight is nothing that people would write.
    """
    if value in (None, "", [], {}) and not isinstance(value, bool | int | float):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict):
        told = {name: part for name, part in value.items() if not (name == "ranges" and "weight" in value)}
        return ", ".join(f"{name} {in_words(part)}" for name, part in told.items())
    if isinstance(value, list):
        between = "; " if any(isinstance(part, dict | list) for part in value) else ", "
        return between.join(in_words(part) for part in value)
    return str(value)


def _told(entry: Entry, names: dict[str, str]) -> Told:
    verbs = _ABOUT_CONFIGS if entry.subject == "flag_config" else _VERBS
    subject = _SUBJECTS.get(entry.subject, entry.subject)
    found = [_difference(name, old, new, names) for name, (old, new) in _told_of(entry).items()]
    news = [replace(part, old=clipped(part.old), new=clipped(part.new)) for part in found if _is_news(part, entry)]
    return Told(entry, verbs[entry.action], subject, news)


def _told_of(entry: Entry) -> dict[str, list[Any]]:
    """The changes without what the entry's place tells, and without what was drawn at random."""
    untold = {*_UNTOLD, *(("flag_id",) if entry.subject == "flag_config" else ())}
    untold |= {"salt"} if entry.action == Entry.Action.CREATE else set()
    return {name: pair for name, pair in entry.changes.items() if name not in untold}


def clipped(words: str) -> str:
    """As much as people read; the API has it all."""
    return words if len(words) <= MAX_WORDS else f"{words[:MAX_WORDS]}…"


def _is_news(part: Difference, entry: Entry) -> bool:
    """Not what was empty and stayed so, and not the key that the entry is headed with."""
    return part.old != part.new and {part.old, part.new} != {NOTHING, entry.key}


def _difference(name: str, old: Any, new: Any, names: dict[str, str]) -> Difference:
    if name.endswith("_id"):
        old, new = (names.get(str(row), row) for row in (old, new))
    if name.endswith("_at"):
        old, new = (_instant(value) for value in (old, new))
    field = name.removesuffix("_id").removeprefix("is_").replace("_", " ")
    return Difference(field, in_words(old), in_words(new))


def _instant(value: str | None) -> str | None:
    return value and f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"


def _people(entries: Sequence[Entry]) -> dict[str, str]:
    ids = {person for entry in entries for name in _PEOPLE for person in entry.changes.get(name, ()) if person}
    return {str(user.pk): user.email for user in User.objects.filter(pk__in=ids)} if ids else {}


def _rows(entries: Sequence[Entry]) -> dict[str, str]:
    """The keys of the rows that are named by id, as history has them: they may be gone."""
    pairs = [(name, pair) for entry in entries for name, pair in _told_of(entry).items() if name not in _PEOPLE]
    ids = {found for name, pair in pairs if name.endswith("_id") for row in pair for found in ids_in(str(row))}
    created = Entry.objects.filter(subject_id__in=ids, action=Entry.Action.CREATE) if ids else []
    return {str(entry.subject_id): entry.changes.get("key", [None, entry.key])[1] for entry in created}
