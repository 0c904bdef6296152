"""The editor of variants: pairs of key and value as people type them, and the typed values that they stand for."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from accounts.forms import sentences_about
from flags.json_text import read_json
from flags.models import Flag
from flags.validation import InvalidFlag

SPARE = 2  # empty rows that wait to be filled in
MAX_HEIGHT = 12
_NOT_READ = 'The value is not JSON. Write numbers like 1.5 and objects like {"size": 3}.'


@dataclass(frozen=True, slots=True)
class VariantRow:
    """`text` is the value as it is typed; `name` is kept for the variants that have one."""

    key: str = ""
    text: str = ""
    name: str = ""
    errors: Sequence[str] = ()

    @property
    def height(self) -> int:
        """Lines that the value takes, as far as there is room for them."""
        return min(self.text.count("\n") + 1, MAX_HEIGHT)

    @property
    def is_empty(self) -> bool:
        return not (self.key or self.text)


@dataclass(frozen=True, slots=True)
class VariantRows:
    """`errors` are sentences about the variants as a whole."""

    rows: Sequence[VariantRow]
    errors: Sequence[str] = ()

    def typed(self, flag_type: str) -> list[dict[str, Any]]:
        """The variants, each value of the flag's type; empty rows are left out. Raises InvalidFlag."""
        read = _READERS[flag_type]
        filled = [row for row in self.rows if not row.is_empty]
        return [_variant(at, row, read) for at, row in enumerate(filled)]

    def refused(self, fields: Mapping[str, Sequence[str]]) -> "VariantRows":
        """The same rows with what a refusal says about variants, each sentence at the row that it is about."""
        filled = [row for row in self.rows if not row.is_empty]
        rows = [replace(row, errors=sentences_about(fields, f"variants.{at}")) for at, row in enumerate(filled)]
        return with_spares(rows, errors=fields.get("variants", ()))

    def more(self) -> "VariantRows":
        """What stands there, and more empty rows."""
        return VariantRows([*self.rows, *_empty_rows()])


def rows_of(flag: Flag) -> VariantRows:
    """A flag's variants, ready to be edited."""
    show = str if flag.flag_type == Flag.Type.STRING else _shown_json
    return with_spares([VariantRow(v["key"], show(v["value"]), v.get("name", "")) for v in flag.variants])


def rows_from(given: QueryDict) -> VariantRows:
    """What was typed."""
    columns = [given.getlist(f"variant_{column}") for column in ("key", "value", "name")]
    rows = [
        VariantRow(key.strip(), text.replace("\r\n", "\n"), name) for key, text, name in zip(*columns, strict=False)
    ]
    return VariantRows(rows)


def with_spares(rows: Sequence[VariantRow] = (), *, errors: Sequence[str] = ()) -> VariantRows:
    """Rows to fill in: those that are there, and some empty ones."""
    filled = [row for row in rows if not row.is_empty]
    return VariantRows([*filled, *_empty_rows()], errors)


def _empty_rows() -> list[VariantRow]:
    return [VariantRow() for _ in range(SPARE)]


def _variant(at: int, row: VariantRow, read: Callable[[str], Any]) -> dict[str, Any]:
    try:
        value = read(row.text)
    except ValueError as error:
        raise InvalidFlag({f"variants.{at}.value": [_NOT_READ]}) from error
    return {"key": row.key, "value": value, **({"name": row.name} if row.name else {})}


def _shown_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) else None)


_READERS: dict[str, Callable[[str], Any]] = {
    Flag.Type.STRING: str,
    Flag.Type.NUMBER: read_json,
    Flag.Type.OBJECT: read_json,
}
