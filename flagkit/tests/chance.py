"""Random documents that compile, and random contexts of any shape, drawn from a `random.Random`."""

from random import Random
from typing import Any

from flagkit.engine import Context
from flagkit.engine.algorithms import algorithm, names
from flagkit.engine.experiments import flag_document, rule_of
from flagkit.tests.documents import COLORS, NOW, colors
from flagkit.tests.documents import experiment as experiment_document

ATTRIBUTES = ["x", "y", "plan", "plan.tier", "a.b.c", "now", "targeting_key", "ip", "é"]
TEXTS = [
    "",
    "a",
    "b",
    "pro",
    "PRO",
    "ß",
    "1.2.3",
    "2.0.0-rc.1",
    "2026-01-01",
    "2026-11-21T09:00:00+02:00",
    "10.0.0.1",
    "5",
]
NUMBERS = [0, 1, -1, 5, 0.5, 10**30, 1e300]
STRANGE = [
    None,
    True,
    [],
    {},
    ["a"],
    [["a"]],
    {"tier": "pro", "b": {"c": 1}},
    float("nan"),
    float("inf"),
    10**5000,
    b"a",
]
STRANGER = ["\ud800", object(), {1: 2}, ("a",), NOW, NOW.date(), {"a"}, "x" * 5000, 1j, NotImplemented, type]
WANTED: dict[str, list[Any]] = {
    **{key: [*TEXTS, *NUMBERS, True] for key in ("eq", "neq")},
    **{key: [["a", 1], [], [True, "pro"], TEXTS] for key in ("in", "not_in", "any_of", "all_of")},
    **{key: ["a", ["", "b"]] for key in ("contains", "starts_with", "ends_with")},
    **dict.fromkeys(("gt", "gte", "lt", "lte"), NUMBERS),
    **{key: ["2026-01-01", 0] for key in ("before", "after")},
    **{key: ["30d", "1 hour"] for key in ("older_than", "newer_than")},
    **{key: ["1.2.3", "2.0.0-rc.1"] for key in [f"semver_{name}" for name in ("eq", "gt", "gte", "lt", "lte")]},
    "between": [[0, 5]],
    "modulo": [[7, 3]],
    "semver_range": ["^1.2", "~2.0.0-alpha || 1.x"],
    "in_cidr": [["10.0.0.0/8", "::1"]],
    "is_type": [["number", "string"], "object"],
    "size": [1, [0, 5]],
    "exists": [True, False],
    "weekday": [["mon", "sat"]],
    "time_between": [["22:00", "10:00"]],
    "in_audience": ["beta", ["beta", "gone"]],
}
Document = dict[str, Any]


def condition(chance: Random, depth: int = 0) -> Document:
    if depth < 3 and chance.random() < 0.4:
        kind = chance.choice(["all", "any", "none", "not"])
        if kind == "not":
            return {"not": condition(chance, depth + 1)}
        return {kind: [condition(chance, depth + 1) for _ in range(chance.randrange(4))]}
    operator = chance.choice(list(WANTED))
    about = {} if operator == "in_audience" else {"attribute": chance.choice(ATTRIBUTES)}
    more: Document = {"negate": True} if chance.random() < 0.2 else {}
    if operator in ("eq", "in", "contains") and chance.random() < 0.2:
        more |= chance.choice([{"ignore_case": True}, {"cast": "text"}, {"cast": "number"}])
    return {**about, "operator": operator, "value": chance.choice(WANTED[operator]), **more}


def dial(chance: Random) -> tuple[Document, Any]:
    """How to bucket, and the end of the buckets."""
    name = chance.choice([*["xxh64"] * 5, *names()])
    full = algorithm(name).full or chance.choice([100, 10_000, 100_000])
    by = chance.choice([{}, {}, {"by": "x"}, {"by": ["company", "targeting_key"]}])
    buckets = {"buckets": full} if algorithm(name).full is None else {}
    return {"algorithm": name, "salt": chance.choice(["s", "", "grüße"]), **by, **buckets}, full


def serve(chance: Random) -> Document:
    kind = chance.choice(["variant", "off", "rollout", "split"])
    if kind == "variant":
        return {"variant": chance.choice(COLORS)["key"]}
    if kind == "off":
        return {"off": True}
    made, full = dial(chance)
    if kind == "rollout":
        ranges = [[0, full * chance.choice([0, 0.25, 0.5, 1])]]
        return {"rollout": {**made, "ranges": _whole(ranges, full), "variant": "blue", "otherwise": "red"}}
    edges = _whole([[0, full * 0.25], [full * 0.25, full * 0.5], [full * 0.5, full]], full)
    arms = [{"variant": each["key"], "ranges": [span]} for each, span in zip(COLORS, edges, strict=True)]
    return {"split": {**made, "arms": arms}}


def gate(chance: Random) -> Document:
    made, full = dial(chance)
    return {**made, "ranges": _whole([[0, full * chance.choice([0, 0.5, 1])]], full)}


def rule(chance: Random, at: int) -> Document:
    made: Document = {"id": f"r{at}", "when": condition(chance), "serve": serve(chance)}
    if chance.random() < 0.3:
        made |= {"gates": [gate(chance)], "on_gate_miss": chance.choice(["next", "default", "off"])}
    if "split" in made["serve"] and chance.random() < 0.3:
        made["gates"] = [*made.get("gates", []), _same_buckets(chance, made["serve"]["split"])]
    if chance.random() < 0.1:
        made |= {"active_from": chance.choice(["2026-01-01", "2027-01-01"])}
    return made


def experiment(chance: Random) -> Document:
    """An experiment of red and green, on any algorithm, with holdouts, a layer and gaps."""
    edges = sorted(chance.sample(range(10_000), 3))
    holdouts = [{"key": f"h{at}", "salt": f"h{at}", "ranges": [[0, 4_999]]} for at in range(chance.randrange(3))]
    layered = {"key": "l", "salt": "l", "ranges": [[2_000, 8_999]]}
    return experiment_document(
        "experiment",
        algorithm=chance.choice([*["xxh64"] * 5, *names()]),
        audience=chance.choice([None, None, "beta"]),
        rules=[{"id": f"r{at}", "when": condition(chance)} for at in range(chance.randrange(3))],
        holdouts=holdouts,
        layer=chance.choice([None, layered]),
        allocations=[
            {"variant": "green", "ranges": [[0, edges[0]]]},
            {"variant": "red", "ranges": [[edges[1], edges[2]]]},
        ],
    )


def flag(chance: Random, key: str = "flag") -> Document:
    others = [other for other in ("flag", "parent", "gone") if other != key]
    wanted = {"flag": chance.choice(others), "enabled": chance.random() < 0.7}
    return colors(
        key,
        enabled=chance.random() < 0.95,
        off_variant=chance.choice([None, "red"]),
        prerequisites=[wanted] if chance.random() < 0.2 else [],
        targets=[{"variant": "green", "keys": ["u1", "pro"], "by": "x"}] if chance.random() < 0.2 else [],
        rules=[rule(chance, at) for at in range(chance.randrange(4))],
        serve=serve(chance),
        **({"experiment": rule_of(experiment(chance))} if chance.random() < 0.2 else {}),
    )


def audience(chance: Random) -> Document:
    rules = [{"when": condition(chance)} for _ in range(chance.randrange(3))]
    return {"schema": 1, "kind": "audience", "key": "beta", "included": ["u1"], "excluded": ["u2"], "rules": rules}


def documents(chance: Random) -> list[Document]:
    """A flag, another one that it may need, an experiment as a flag, and an audience."""
    return [flag(chance), flag(chance, "parent"), flag_document(experiment(chance)), audience(chance)]


def context(chance: Random, *, strange: bool = False) -> Context:
    """A subject; with `strange` its attributes may be anything that Python has."""
    values = [*TEXTS, *NUMBERS, *STRANGE[:7], *((*STRANGE, *STRANGER) if strange else ())]
    names = [*ATTRIBUTES, "company", "a"]
    found = {chance.choice(names): chance.choice(values) for _ in range(chance.randrange(6))}
    key = chance.choice([None, "", *(f"u{at}" for at in range(30)), "grüße"])
    return Context(key, found, chance.choice([NOW, NOW, None]))


def _same_buckets(chance: Random, split: Document) -> Document:
    """A gate that counts the buckets of this split."""
    dial = {name: split[name] for name in ("algorithm", "salt", "by", "buckets") if name in split}
    ranges = [span for arm in chance.sample(split["arms"], 2) for span in arm["ranges"]]
    return {**dial, "ranges": sorted(ranges)}


def _whole(ranges: list[list[float]], full: Any) -> list[list[Any]]:
    """Ranges in the unit of the buckets: whole numbers unless they end at 1."""
    return ranges if full == 1 else [[int(low), int(high)] for low, high in ranges]
