"""The questions that the golden files answer. Add to the lists; a question that was asked stays."""

import random
import unicodedata
from collections.abc import Iterator
from itertools import cycle, product
from typing import Any

from flagkit.engine.algorithms import names

Row = dict[str, Any]
CHANCE = random.Random(20261121)
WORDS = ["", " ", "a", "A", "alice", "Alice", "user-42", "ann@example.com", "0", "-1", "1.0", "true", "null", "x" * 200]
UNICODE = [
    "grüße",
    "GRÜSSE",
    "straße",
    "é",
    "🇩🇪",
    "👋user",
    "日本語",
    "İstanbul",
    "ﬁ",
    "\u200b",
    "\x00",
    "a\nb",
]
OHMS = ["\u2126", "\u03a9"]  # look alike
FORMS = [unicodedata.normalize(form, text) for text in ("é", "Å", "ñandú", "한글") for form in ("NFC", "NFD")]
UUIDS = [f"{CHANCE.getrandbits(32):08x}-{at:04x}-4000-8000-{CHANCE.getrandbits(48):012x}" for at in range(60)]
IDS = list(dict.fromkeys([*WORDS, *UNICODE, *OHMS, *FORMS, *UUIDS, *(str(at) for at in range(1, 40))]))
SALTS = ["", "checkout", "0123456789abcdef:gate", "grüße:日本", "a.b"]

VALUES: list[Any] = [
    *("", "a", "A", "b", "hello", "HELLO", "straße", "STRASSE", "5", "5.0", "true", "1.2.3", "v1.2.3", "1.2.3-rc.1"),
    *("1.10.0", "2.0.0", "2.0.0-alpha.2", "0.2.9", "2026-01-01", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
    *("2026-11-21T09:29:59+00:00", "2026-10-22T09:30:00Z", "2026-11-21T18:00:00+09:00", "10.1.2.3", "::1", "11.0.0.1"),
    *("é", "e\u0301", 0, 1, 1.0, -1, 4, 5, 5.0, 5.5, 6, 13, 10**20, 1e20, 0.1, -0.0, 1735689600, True, False, None),
    *([], ["a"], ["a", "b"], ["b", 1], [1.0], [True], [["a"]], {}, {"a": 1}, {"b": {"c": "a"}}),
]
TESTS: list[tuple[str, list[Any]]] = [
    *((name, ["a", "5", 5, 1, True, "straße", "é"]) for name in ("eq", "neq")),
    *((name, [["a", 5], ["A", "b", True], [], ["straße", 1.0]]) for name in ("in", "not_in")),
    *((name, ["a", ["L", "ell"], "", "ss"]) for name in ("contains", "starts_with", "ends_with")),
    *((name, [0, 5, 5.5, -1, 10**20]) for name in ("gt", "gte", "lt", "lte")),
    ("between", [[0, 5], [5, 5.5], [-1, -0.5]]),
    ("modulo", [[2, 1], [10, 3], [5, 0]]),
    *((name, ["2026-01-01", "2026-01-01T00:00:00+02:00", 1735689600]) for name in ("before", "after")),
    *((name, ["30d", "1 second", "9 h"]) for name in ("older_than", "newer_than")),
    *((f"semver_{name}", ["1.2.3", "2.0.0-alpha.1", "2.0.0"]) for name in ("eq", "gt", "gte", "lt", "lte")),
    ("semver_range", ["^1.2.0", "~1.2", ">=2.0.0-alpha", "^0.2.3 || 2.x", "<=1.2.3"]),
    ("in_cidr", [["10.0.0.0/8"], ["::/0", "11.0.0.1"]]),
    ("is_type", ["string", "number", "boolean", ["array", "object"]]),
    *((name, [["a"], ["b", 1], [True]]) for name in ("any_of", "all_of")),
    ("size", [0, 1, [1, 2]]),
    ("weekday", [["sat", "sun"], ["thu"]]),
    ("time_between", [["00:00", "09:30"], ["22:00", "06:00"]]),
    ("exists", [True, False]),
]


def buckets() -> Iterator[Row]:
    for name, salt, key in product(names(), SALTS, IDS):
        yield {"algorithm": name, "salt": salt, "id": key, "buckets": 1000 if name == "unleash-variant" else 100_000}
    for key, count in product(IDS, (100, 10_000, 1 << 32)):
        yield {"algorithm": "xxh64", "salt": "checkout", "id": key, "buckets": count}


def conditions() -> Iterator[Row]:
    for operator, wanted in TESTS:
        for value, more in product(wanted, ({}, {"negate": True}, {"ignore_case": True})):
            if "ignore_case" in more and operator not in ("eq", "in", "contains", "starts_with", "ends_with"):
                continue
            when = {"attribute": "x", "operator": operator, "value": value, **more}
            yield from ({"when": when, "attributes": {"x": actual}} for actual in VALUES)
    for zone, actual in product(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"], VALUES):
        when = {"attribute": "x", "operator": "weekday", "value": ["wed"], "time_zone": zone}
        yield {"when": when, "attributes": {"x": actual}}
    for cast, actual in product(["number", "text"], VALUES):
        when = {"attribute": "x", "operator": "in", "value": ["5", 5, "true"], "cast": cast}
        yield {"when": when, "attributes": {"x": actual}}
    for path, actual in product(["x.b.c", "x.a", "targeting_key", "missing"], VALUES):
        yield {"when": {"attribute": path, "operator": "exists", "value": True}, "attributes": {"x": actual}}


def patterns() -> Iterator[Row]:
    for pattern, fold in product(["^a$", "l+", r"\d\.\d", "ß", "^$", r"(?i)rc\.1"], (False, True)):
        when = {"attribute": "x", "operator": "matches", "value": pattern, "ignore_case": fold}
        yield from ({"when": when, "attributes": {"x": actual}} for actual in VALUES)


def flags() -> Iterator[Row]:
    thirds = [{"variant": v, "ranges": [r]} for v, r in (("on", [0, 33_333]), ("off", [33_333, 100_000]))]
    split = {"split": {"salt": "s", "arms": thirds}}
    rollout = {"rollout": {"salt": "s", "ranges": [[0, 50_000]], "variant": "on", "otherwise": "off"}}
    is_a = {"attribute": "x", "operator": "eq", "value": "a"}
    shapes: list[Row] = [
        {"serve": split},
        {"serve": rollout},
        {"serve": {"rollout": {**rollout["rollout"], "by": ["company", "targeting_key"], "without_id": "on"}}},
        {"serve": {"rollout": {**rollout["rollout"], "algorithm": "unleash", "ranges": [[0, 50]]}}},
        {"rules": [{"id": "r1", "when": is_a, "serve": split}]},
        {"rules": [{"id": "r1", "gates": [{"salt": "g", "ranges": [[0, 20_000]]}], "serve": split}]},
        {"rules": [{"id": "r1", "when": is_a, "gates": [{"salt": "g", "ranges": [[0, 1]]}], "on_gate_miss": "off",
                    "serve": {"variant": "on"}}]},
        {"targets": [{"variant": "on", "keys": ["alice", "é"]}], "serve": rollout},
        {"enabled": False, "serve": split},
        {"experiment": {"id": "e", "when": is_a, "serve": split}, "serve": {"variant": "on"}},
        {"rules": [{"id": "r1", "active_from": "2026-11-21T09:30:00Z", "active_until": None, "serve": rollout}]},
    ]  # fmt: skip
    for shape, key, attributes in product(shapes, [*IDS, None], ({}, {"x": "a", "company": 7}, {"company": "acme"})):
        yield {"flag": shape, "key": key, "attributes": attributes}
    yield from _related(rollout)


def _related(rollout: Row) -> Iterator[Row]:
    """Flags that ask other documents."""
    audience = {"schema": 1, "kind": "audience", "key": "beta", "included": ["alice"], "excluded": ["0"],
                "rules": [{"when": {"attribute": "x", "operator": "eq", "value": "a"}}]}  # fmt: skip
    asks = {"rules": [{"id": "r", "when": {"operator": "in_audience", "value": "beta"}, "serve": {"variant": "on"}}]}
    needs = {"prerequisites": [{"flag": "parent", "variants": ["on"]}], "serve": {"variant": "on"}}
    parent = {"key": "parent", "serve": rollout}
    for key, attributes in product([*IDS, None], ({}, {"x": "a"})):
        yield {"flag": asks, "others": [audience], "key": key, "attributes": attributes}
        yield {"flag": needs, "others": [parent], "key": key, "attributes": attributes}


def experiments() -> Iterator[Row]:
    allocations = cycle([
        {"control": [[0, 4999]], "treatment": [[5000, 9999]]},
        {"a": [[0, 3299]], "b": [[3300, 6599]], "c": [[6600, 9999]]},
        {"control": [[0, 99]], "treatment": [[100, 9999]]},
        {"control": [[0, 999], [5000, 5999]], "treatment": [[2500, 3499]]},
        {"control": [[0, 0], [9999, 9999]], "treatment": [[1, 5000]]},
    ])  # fmt: skip
    salts = [*SALTS, "button-color", "a1b2c3d4e5f60718", ":"]
    for name, salt, user in product(("xxh64", "experiments-murmur3"), salts, [*IDS, "y" * 5000]):
        yield {"algorithm": name, "salt": salt, "user": user, "allocations": next(allocations)}


QUESTIONS = {
    "buckets.jsonl": buckets,
    "conditions.jsonl": conditions,
    "patterns.jsonl": patterns,
    "flags.jsonl": flags,
    "experiments.jsonl": experiments,
}
