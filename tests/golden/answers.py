"""The answer to each kind of golden question: a row without its `is`, by file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flagkit.engine import Context, compile_ruleset
from flagkit.engine.algorithms import algorithm
from flagkit.engine.experiments import BUCKETS, flag_document

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
Row = dict[str, Any]


def bucket(row: Row) -> Any:
    """`{"algorithm", "salt", "id", "buckets"}`: the bucket."""
    return algorithm(row["algorithm"]).bucket(row["salt"], row["id"].encode(), row["buckets"])


def condition(row: Row) -> Any:
    """`{"when", "attributes"}`: whether a rule with this condition matches."""
    rule = {"id": "r", "when": row["when"], "serve": {"variant": "on"}}
    return evaluated({"flag": {"rules": [rule]}, "key": "alice", "attributes": row["attributes"]})[0] == "on"


def evaluated(row: Row) -> Any:
    """`{"flag", "others", "key", "attributes"}`: the variant, the reason, the rule, the error, and the bucket."""
    document = {**_PLAIN, **row["flag"]}
    others = [{**_PLAIN, **other} if "kind" not in other else other for other in row.get("others", ())]
    ruleset, problems = compile_ruleset([document, *others])
    assert not problems, problems
    context = Context(row["key"], row["attributes"], NOW)
    outcome = ruleset.evaluate("flag", context)
    return [outcome.variant, outcome.reason, outcome.rule, outcome.error, ruleset.bucket("flag", context)]


def assigned(row: Row) -> Any:
    """`{"algorithm", "salt", "user", "allocations"}`: the user's bucket, and the variant or null.

    Allocations are the ranges of each variant, which include both of their ends.
    """
    document = flag_document({
        "schema": 1,
        "kind": "experiment",
        "key": "experiment",
        "id": "id",
        "salt": row["salt"],
        "algorithm": row["algorithm"],
        "variants": [{"key": variant, "id": variant, "payload": {}} for variant in row["allocations"]],
        "allocations": [{"variant": key, "ranges": ranges} for key, ranges in row["allocations"].items()],
    })  # fmt: skip
    ruleset, problems = compile_ruleset([document])
    assert not problems, problems
    at = bucket({**row, "id": row["user"], "buckets": BUCKETS})
    return [at, ruleset.evaluate("experiment", Context(row["user"])).variant]


_PLAIN: Row = {
    "schema": 1,
    "key": "flag",
    "type": "boolean",
    "enabled": True,
    "variants": [{"key": "on", "value": True}, {"key": "off", "value": False}],
    "off_variant": "off",
    "prerequisites": [],
    "targets": [],
    "rules": [],
    "serve": {"variant": "off"},
}
ANSWERS: dict[str, Callable[[Row], Any]] = {
    "buckets.jsonl": bucket,
    "conditions.jsonl": condition,
    "patterns.jsonl": condition,
    "flags.jsonl": evaluated,
    "experiments.jsonl": assigned,
}
NEEDS_RE2 = frozenset({"patterns.jsonl"})
