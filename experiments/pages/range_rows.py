"""The editor of exact ranges: rows of a variant and its first and last bucket, as people type them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from accounts.forms import sentences_about
from experiments.models import Experiment

SPARE = 1  # empty rows that wait to be filled in


@dataclass(frozen=True, slots=True)
class RangeRow:
    """`variant` is a key; both ends as they are typed."""

    variant: str = ""
    first: str = ""
    last: str = ""
    errors: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.variant or self.first or self.last)

    def typed(self) -> dict[str, Any]:
        """The range as the service takes it; what is no number is the service's to refuse."""
        return {"variant_key": self.variant, "range_start": _number(self.first), "range_end": _number(self.last)}


@dataclass(frozen=True, slots=True)
class RangeRows:
    rows: Sequence[RangeRow]

    def typed(self) -> list[dict[str, Any]]:
        """The allocations as the service takes them; empty rows are left out."""
        return [row.typed() for row in self.rows if not row.is_empty]

    def refused(self, fields: Mapping[str, Sequence[str]]) -> "RangeRows":
        """The same rows with what a refusal says about them, each sentence at the row that it is about."""
        filled = [row for row in self.rows if not row.is_empty]
        return with_spares(
            replace(row, errors=sentences_about(fields, f"allocations.{at}")) for at, row in enumerate(filled)
        )

    def more(self) -> "RangeRows":
        """What stands there, and another empty row."""
        return RangeRows([*self.rows, RangeRow()])


def ranges_of(experiment: Experiment) -> RangeRows:
    """The experiment's ranges, ready to be edited."""
    keys = {variant.pk: variant.key for variant in experiment.variants.all()}
    rows = experiment.allocations.all()
    return with_spares(RangeRow(keys[row.variant_id], str(row.range_start), str(row.range_end)) for row in rows)


def ranges_from(given: QueryDict) -> RangeRows:
    """What was typed."""
    columns = [given.getlist(f"range_{column}") for column in ("variant", "first", "last")]
    return RangeRows(
        [RangeRow(key.strip(), first.strip(), last.strip()) for key, first, last in zip(*columns, strict=False)]
    )


def ranges_in(allocations: Iterable[Mapping[str, Any]]) -> RangeRows:
    """Allocations as rows that carry them from page to page."""
    return RangeRows([RangeRow(a["variant_key"], str(a["range_start"]), str(a["range_end"])) for a in allocations])


def with_spares(rows: Iterable[RangeRow]) -> RangeRows:
    """Rows to fill in: those that are there, and some empty ones."""
    return RangeRows([*rows, *(RangeRow() for _ in range(SPARE))])


def _number(typed: str) -> int | str:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else typed
