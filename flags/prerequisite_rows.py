"""The editor of prerequisites: rows of a flag and what it has to answer, as people type them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from accounts.forms import sentences_about
from flags.forms import split_tags
from flags.models import FlagConfig

SPARE = 2  # empty rows that wait to be filled in


@dataclass(frozen=True, slots=True)
class PrerequisiteRow:
    """`state` is on, off or nothing; `variants` are separated by commas."""

    flag: str = ""
    state: str = ""
    variants: str = ""
    errors: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.flag or self.state or self.variants)

    def typed(self) -> dict[str, Any]:
        """The prerequisite as the service takes it."""
        found: dict[str, Any] = {"flag": self.flag}
        if self.variants:
            found["variants"] = split_tags(self.variants)
        if self.state:
            found["enabled"] = self.state == "on"
        return found


@dataclass(frozen=True, slots=True)
class PrerequisiteRows:
    """`errors` are sentences about the prerequisites as a whole."""

    rows: Sequence[PrerequisiteRow]
    errors: Sequence[str] = ()

    def typed(self) -> list[dict[str, Any]]:
        """The prerequisites; empty rows are left out."""
        return [row.typed() for row in self.rows if not row.is_empty]

    def refused(self, fields: Mapping[str, Sequence[str]]) -> "PrerequisiteRows":
        """The same rows with what a refusal says about them, each sentence at the row that it is about."""
        filled = [row for row in self.rows if not row.is_empty]
        rows = [replace(row, errors=sentences_about(fields, f"prerequisites.{at}")) for at, row in enumerate(filled)]
        return with_spares(rows, errors=fields.get("prerequisites", ()))


def prerequisites_of(config: FlagConfig) -> PrerequisiteRows:
    """A config's prerequisites, ready to be edited."""
    return with_spares([_row(prerequisite) for prerequisite in config.prerequisites])


def prerequisites_from(given: QueryDict) -> PrerequisiteRows:
    """What was typed."""
    columns = [given.getlist(f"prerequisite_{column}") for column in ("flag", "state", "variants")]
    rows = zip(*columns, strict=False)
    return PrerequisiteRows([PrerequisiteRow(key.strip(), state, names.strip()) for key, state, names in rows])


def with_spares(rows: Sequence[PrerequisiteRow], *, errors: Sequence[str] = ()) -> PrerequisiteRows:
    """Rows to fill in: those that are there, and some empty ones."""
    return PrerequisiteRows([*rows, *(PrerequisiteRow() for _ in range(SPARE))], errors)


def _row(prerequisite: Mapping[str, Any]) -> PrerequisiteRow:
    state = {True: "on", False: "off"}.get(prerequisite.get("enabled"), "")  # type: ignore[arg-type]
    return PrerequisiteRow(prerequisite["flag"], state, ", ".join(prerequisite.get("variants", ())))
