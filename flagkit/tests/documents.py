"""Documents that tests are made of, and the shortest way to an answer."""

from datetime import UTC, datetime
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
