"""Unleash's published client specification: its cases, and how their contexts and answers read here."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flagkit.engine import Context, Outcome

SUITE = Path(__file__).parents[3] / "shared" / "suites" / "unleash"
CASES_PUBLISHED = 279
THERE = pytest.mark.skipif(not SUITE.exists(), reason=f"Unleash's client specification is not there ({SUITE})")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
KINDS = ("tests", "variantTests")


def specifications() -> list[dict[str, Any]]:
    names = json.loads((SUITE / "index.json").read_text()) if SUITE.exists() else []
    return [json.loads((SUITE / name).read_text()) for name in names]


def cases_of(specification: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each case with its kind."""
    return [(kind, case) for kind in KINDS for case in specification.get(kind, ())]


def given_of(context: dict[str, Any]) -> dict[str, str]:
    """Unleash's context with its properties beside the rest."""
    return {**context.get("properties", {}), **{name: context[name] for name in context if name != "properties"}}


def context_of(context: dict[str, Any]) -> Context:
    """Unleash's context as ours: the user's id is the targeting key."""
    given = given_of(context)
    return Context(given.pop("userId", None), given, NOW)


def answer_of(outcome: Outcome, kind: str, plain: dict[str, str]) -> Any:
    """The outcome in Unleash's words; `plain` is each flag's variant that stands for none."""
    if kind == "tests":
        return outcome.enabled
    if not outcome.enabled:
        return {"name": "disabled", "enabled": False, "feature_enabled": False}
    if outcome.variant == plain[outcome.flag]:
        return {"name": "disabled", "enabled": False, "feature_enabled": True}
    type_ = "number" if isinstance(outcome.value, (int, float)) else "string"
    payload = {"type": type_, "value": str(outcome.value)}
    return {"name": outcome.variant, "payload": payload, "enabled": True, "feature_enabled": True}


def needs_re2(state: dict[str, Any]) -> None:
    if "REGEX" in json.dumps(state):
        pytest.importorskip("re2", reason="Unleash's regular expressions need google-re2")
