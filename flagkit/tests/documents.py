"""Documents that tests are made of, and the shortest way to an answer."""

from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any

from flagkit.engine import Context, Outcome, Ruleset, compile_ruleset

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)  # a Saturday
ON_OFF = [{"key": "on", "value": True}, {"key": "off", "value": False}]
COLORS = [{"key": key, "value": key} for key in ("red", "green", "blue")]
ROLLOUT = {"rollout": {"salt": "s", "ranges": [[0, 50_000]], "variant": "on", "otherwise": "off"}}


def flag(key: str = "checkout", **fields: Any) -> dict[str, Any]:
    """A boolean flag that is on and serves off to everyone, unless the fields say otherwise."""
    return {
        "schema": 1,
        "key": key,
        "type": "boolean",
        "enabled": True,
        "variants": ON_OFF,
        "off_variant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "serve": {"variant": "off"},
        **fields,
    }


def colors(key: str = "color", **fields: Any) -> dict[str, Any]:
    """A flag of three texts that serves red to everyone."""
    fields = {"type": "string", "variants": COLORS, "off_variant": None, "serve": {"variant": "red"}, **fields}
    return flag(key, **fields)


def rule(when: dict[str, Any] | None = None, *, serve: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A rule that serves on to everyone who meets the condition."""
    return {"id": "r1", "when": when or {"all": []}, "serve": serve or {"variant": "on"}, **fields}


def audience(key: str = "beta", **fields: Any) -> dict[str, Any]:
    return {"schema": 1, "kind": "audience", "key": key, "included": [], "excluded": [], "rules": [], **fields}


def experiment(key: str = "button", *shares: int, **fields: Any) -> dict[str, Any]:
    """An experiment of the colors for everyone: half red and half green, or as many buckets for each as are given."""
    ends = list(accumulate(shares or (5_000, 5_000)))
    spans = [[[low, high - 1]] if low < high else [] for low, high in pairwise([0, *ends])]
    return {
        "schema": 1,
        "kind": "experiment",
        "key": key,
        "id": f"id-of-{key}",
        "name": key.title(),
        "salt": key,
        "algorithm": "xxh64",
        "audience": None,
        "rules": [],
        "holdouts": [],
        "layer": None,
        "variants": [{"key": c["key"], "id": f"{key}-{c['key']}", "payload": {"color": c["value"]}} for c in COLORS],
        "allocations": [{"variant": c["key"], "ranges": ranges} for c, ranges in zip(COLORS, spans, strict=False)],
        "flag": None,
        **fields,
    }


def holdout(key: str = "2026", *, buckets: int) -> dict[str, Any]:
    """The first buckets of a salt of its own are held out."""
    return {"key": key, "salt": f"holdout:{key}", "ranges": [[0, buckets - 1]] if buckets else []}


def layer(first: int, last: int, *, key: str = "checkout") -> dict[str, Any]:
    """These buckets of the layer, both included."""
    return {"key": key, "salt": f"layer:{key}", "ranges": [[first, last]]}


def about(operator: str, value: Any = None, *, attribute: str = "x", **fields: Any) -> dict[str, Any]:
    """A condition about the attribute x."""
    return {"attribute": attribute, "operator": operator, "value": value, **fields}


def ruleset(*documents: dict[str, Any]) -> Ruleset:
    """The ruleset of documents that are all right."""
    found, problems = compile_ruleset(documents)
    assert problems == []
    return found


def ask(document: dict[str, Any], key: str | None = "alice", *others: dict[str, Any], **attributes: Any) -> Outcome:
    """The answer of the first document for this subject."""
    return ruleset(document, *others).evaluate(document["key"], Context(key, attributes, NOW))


def holds(condition: dict[str, Any], *audiences: dict[str, Any], key: str | None = "alice", **attributes: Any) -> bool:
    """Whether a rule with this condition matches a subject with these attributes."""
    return ask(flag(rules=[rule(condition)]), key, *audiences, **attributes).value is True
