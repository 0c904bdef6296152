"""The editor of an experiment's variants: rows of key, name and payload as people type them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from accounts.forms import sentences_about
from experiments.models import Experiment
from experiments.validation import InvalidExperiment
from flags.json_text import NotJson, read_json, written

SPARE = 1  # empty rows that wait to be filled in
MAX_HEIGHT = 12

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class VariantRow:
    """`id` is empty for a variant that is not there yet; `text` is the payload as it is typed."""

    id: str = ""
    key: str = ""
    name: str = ""
    text: str = ""
    is_deleted: bool = False
    errors: Sequence[str] = ()

    @property
    def height(self) -> int:
        """Lines that the payload takes, as far as there is room for them."""
        return min(max(self.text.count("\n") + 1, 2), MAX_HEIGHT)

    @property
    def is_empty(self) -> bool:
        return not (self.id or self.key or self.name or self.text)


@dataclass(frozen=True, slots=True)
class VariantRows:
    """What the service is to do, row by row: standing ones are updated or deleted, new ones created."""

    rows: Sequence[VariantRow]

    def typed(self) -> dict[str, Any]:
        """The arguments of `change_variants`. Raises InvalidExperiment where a payload is no JSON."""
        found: dict[str, list[Any]] = {}
        for path, row in self._placed():
            work, _, at = path.partition(".")
            found.setdefault(work, []).append(row.id if work == "delete" else _given(row, f"{work}.{at}"))
        return found

    def refused(self, fields: Fields) -> "VariantRows":
        """The same rows with what a refusal says about them, each sentence at the row that it is about."""
        return with_spares([replace(row, errors=sentences_about(fields, path)) for path, row in self._placed()])

    def more(self) -> "VariantRows":
        """What stands there, and another empty row."""
        return VariantRows([*self.rows, VariantRow()])

    def _placed(self) -> list[tuple[str, VariantRow]]:
        """The rows that are not empty, each with its place in what the service is given: `update.0`."""
        counts: dict[str, int] = {}
        found = []
        for row in self.rows:
            if row.is_empty:
                continue
            work = "delete" if row.is_deleted else "update" if row.id else "create"
            found.append((f"{work}.{counts.get(work, 0)}", row))
            counts[work] = counts.get(work, 0) + 1
        return found


def rows_of(experiment: Experiment) -> VariantRows:
    """The variants of an experiment, ready to be edited."""
    return with_spares([VariantRow(str(v.pk), v.key, v.name, written(v.payload)) for v in experiment.variants.all()])


def rows_from(given: QueryDict) -> VariantRows:
    """What was typed."""
    columns = [given.getlist(f"variant_{column}") for column in ("id", "key", "name", "payload")]
    deleted = given.getlist("variant_delete")
    rows = [
        VariantRow(
            identity, key.strip(), name.strip(), text.replace("\r\n", "\n"), bool(identity in deleted and identity)
        )
        for identity, key, name, text in zip(*columns, strict=False)
    ]
    return VariantRows(rows)


def with_spares(rows: Sequence[VariantRow]) -> VariantRows:
    """Rows to fill in: those that are there, and some empty ones."""
    return VariantRows([*rows, *(VariantRow() for _ in range(SPARE))])


def _given(row: VariantRow, path: str) -> dict[str, Any]:
    try:
        payload = read_json(row.text) if row.text.strip() else {}
    except NotJson as error:
        raise InvalidExperiment({f"{path}.payload": [f"Payload: {error}"]}) from error
    return {**({"id": row.id} if row.id else {}), "key": row.key, "name": row.name, "payload": payload}
