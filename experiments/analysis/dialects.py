"""What engines and warehouses each say in their own words: instants as numbers, and attributes out of JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt

Keys = tuple[str, ...]  # on the way down to an attribute
Expression = Any  # ibis builds its classes at run time
Function = Callable[..., Expression]


# what ibis counts the arguments of a function by
_SHAPES: dict[int, Callable[..., None]] = {
    1: lambda _: None,
    2: lambda _, __: None,
    3: lambda _, __, ___: None,
}


def _function(name: str, returns: Any = dt.string, takes: int = 1) -> Function:
    """A function of the engine by its name; what it takes is the engine's to check."""
    made: Function = ibis.udf.scalar.builtin(name=name, signature=((None,) * takes, returns))(_SHAPES[takes])
    return made


@dataclass(frozen=True, slots=True)
class Dialect:
    """`micros` counts microseconds since 1970. `kind` is what the engine calls the type of an attribute.

    `text` gives a text as it stands and anything else as JSON, `elements` those of a list as JSON, and `number` what
    such JSON means, or nothing.
    """

    name: str
    micros: Function
    kind: Callable[[Expression, Keys], Expression]
    text: Callable[[Expression, Keys], Expression]
    texts: frozenset[str]
    numbers: frozenset[str]
    booleans: frozenset[str]
    lists: frozenset[str]
    objects: frozenset[str]
    elements: Callable[[Expression, Keys], Expression] | None = None
    number: Function = lambda text: text.try_cast("float64")


def _path(keys: Keys) -> str:
    return "$" + "".join(f".{json.dumps(key, ensure_ascii=False)}" for key in keys)


def _bracketed(keys: Keys) -> str:
    return "$" + "".join(f"[{json.dumps(key, ensure_ascii=False)}]" for key in keys)


def _duckdb() -> Dialect:
    kind, text = _function("json_type", takes=2), _function("json_extract_string", takes=2)
    extract = _function("json_extract", dt.Array(dt.json), takes=2)
    return Dialect(
        "duckdb",
        _function("epoch_us", dt.int64),
        kind=lambda attributes, keys: kind(attributes.nullif(""), _path(keys)),
        text=lambda attributes, keys: text(attributes.nullif(""), _path(keys)),
        elements=lambda attributes, keys: extract(attributes.nullif(""), f"{_path(keys)}[*]").cast("array<string>"),
        texts=frozenset({"VARCHAR"}),
        numbers=frozenset({"BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"}),
        booleans=frozenset({"BOOLEAN"}),
        lists=frozenset({"ARRAY"}),
        objects=frozenset({"OBJECT"}),
    )


def _clickhouse() -> Dialect:
    raw, unquoted = _function("JSONExtractRaw", takes=2), _function("JSONExtractString", takes=2)
    kind = _function("JSONType", takes=2)
    listed = _function("JSONExtractArrayRaw", dt.Array(dt.string), takes=2)

    def down(attributes: Expression, keys: Keys) -> Expression:
        for key in keys[:-1]:
            attributes = raw(attributes, key)
        return attributes

    def text(attributes: Expression, keys: Keys) -> Expression:
        inside, last = down(attributes, keys), keys[-1]
        return (kind(inside, last).cast("string") == "String").ifelse(unquoted(inside, last), raw(inside, last))

    return Dialect(
        "clickhouse",
        _function("toUnixTimestamp64Micro", dt.int64),
        kind=lambda attributes, keys: _function("toString")(kind(down(attributes, keys), keys[-1])),
        text=text,
        elements=lambda attributes, keys: listed(down(attributes, keys), keys[-1]),
        number=_function("toFloat64OrNull", dt.float64),
        texts=frozenset({"String"}),
        numbers=frozenset({"Int64", "UInt64", "Double"}),
        booleans=frozenset({"Bool"}),
        lists=frozenset({"Array"}),
        objects=frozenset({"Object"}),
    )


def _bigquery() -> Dialect:
    parse, kind, value = _function("PARSE_JSON"), _function("JSON_TYPE"), _function("JSON_VALUE", takes=2)
    query = _function("JSON_QUERY", takes=2)
    return Dialect(
        "bigquery",
        _function("UNIX_MICROS", dt.int64),
        kind=lambda attributes, keys: kind(query(parse(attributes.nullif("")), _path(keys))),
        text=lambda attributes, keys: ibis.coalesce(
            value(attributes.nullif(""), _path(keys)), query(attributes.nullif(""), _path(keys))
        ),
        texts=frozenset({"string"}),
        numbers=frozenset({"number"}),
        booleans=frozenset({"boolean"}),
        lists=frozenset({"array"}),
        objects=frozenset({"object"}),
    )


def _snowflake() -> Dialect:
    parse, get = _function("PARSE_JSON"), _function("GET_PATH", takes=2)
    kind, as_text = _function("TYPEOF"), _function("TO_VARCHAR")

    def found(attributes: Expression, keys: Keys) -> Expression:
        return get(parse(attributes.nullif("")), _bracketed(keys)[1:])

    return Dialect(
        "snowflake",
        lambda at: at.epoch_seconds() * 1_000_000 + at.microsecond(),
        kind=lambda attributes, keys: kind(found(attributes, keys)),
        text=lambda attributes, keys: as_text(found(attributes, keys)),
        texts=frozenset({"VARCHAR"}),
        numbers=frozenset({"INTEGER", "DECIMAL", "DOUBLE"}),
        booleans=frozenset({"BOOLEAN"}),
        lists=frozenset({"ARRAY"}),
        objects=frozenset({"OBJECT"}),
    )


def _trino() -> Dialect:
    extract, written = _function("json_extract", takes=2), _function("json_format")
    scalar, unix = _function("json_extract_scalar", takes=2), _function("to_unixtime", dt.float64)

    def raw(attributes: Expression, keys: Keys) -> Expression:
        return written(extract(attributes.nullif(""), _bracketed(keys)))

    return Dialect(
        "trino",
        lambda at: (unix(at) * 1_000_000).round().cast("int64"),
        kind=lambda attributes, keys: raw(attributes, keys).substr(0, 1),
        text=lambda attributes, keys: ibis.coalesce(
            scalar(attributes.nullif(""), _bracketed(keys)), raw(attributes, keys)
        ),
        texts=frozenset({'"'}),
        numbers=frozenset("-0123456789"),
        booleans=frozenset("tf"),
        lists=frozenset("["),
        objects=frozenset("{"),
    )


def _databricks() -> Dialect:
    parse, get = _function("parse_json"), _function("variant_get", takes=2)
    kind, text = _function("schema_of_variant"), _function("variant_get", takes=3)

    def parsed(attributes: Expression) -> Expression:
        return parse(attributes.nullif(""))

    return Dialect(
        "databricks",
        _function("unix_micros", dt.int64),
        kind=lambda attributes, keys: kind(get(parsed(attributes), _bracketed(keys))).substr(0, 3),
        text=lambda attributes, keys: text(parsed(attributes), _bracketed(keys), "string"),
        texts=frozenset({"STR"}),
        numbers=frozenset({"TIN", "SMA", "INT", "BIG", "DEC", "FLO", "DOU"}),
        booleans=frozenset({"BOO"}),
        lists=frozenset({"ARR"}),
        objects=frozenset({"OBJ"}),
    )


_MAKERS = (_duckdb, _clickhouse, _bigquery, _snowflake, _trino, _databricks)
DIALECTS = {dialect.name: dialect for dialect in (make() for make in _MAKERS)}
