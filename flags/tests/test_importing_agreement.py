"""The report's last figure: whether an import answers as its source does, found out without the engine's help."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flags.importing.agreement import MOST, Agreement, agreement_of
from flags.importing.unleash import translate
from flags.importing.unleash_answers import Source
from flags.importing.unleash_documents import read
from flags.importing.unleash_mentions import mentions_of

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HALF = {"name": "flexibleRollout", "parameters": {"rollout": "50", "stickiness": "default", "groupId": "g"}}
PARTS = [{"name": name, "weight": weight} for name, weight in (("a", 1), ("b", 2), ("c", 7))]


def export(*strategies: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return read({"features": [{"name": "f", "enabled": True, "strategies": list(strategies), **fields}]})


def agreement(source: dict[str, Any], imported: dict[str, Any] | None = None) -> Agreement:
    """How the translation of what was imported agrees with the source."""
    translation = translate(imported or source)
    return agreement_of(source, translate(source).variants, [[*translation.flags, *translation.audiences]], now=NOW)


def constrained(operator: str, name: str = "plan", **fields: Any) -> dict[str, Any]:
    constraint = {"contextName": name, "operator": operator, **fields}
    return {"name": "default", "constraints": [constraint]}


@pytest.mark.parametrize(
    "imported",
    [
        export({**HALF, "parameters": {**HALF["parameters"], "rollout": "60"}}),
        export({**HALF, "parameters": {**HALF["parameters"], "groupId": "h"}}),
        export({"name": "default"}),
        export(HALF, variants=PARTS),
        export(constrained("IN", values=["pro"])),
    ],
)
def test_another_definition_does_not_agree(imported: dict[str, Any]) -> None:
    found = agreement(export(HALF), imported)
    assert (found.sampled, found.different) == (1000, ["f"])
    assert found.equal < 1000


@pytest.mark.parametrize(
    "source",
    [
        export(HALF, variants=PARTS),
        export({**HALF, "variants": PARTS}),
        export({"name": "flexibleRollout", "parameters": {"rollout": "30", "stickiness": "shop"}}, variants=PARTS),
        export({"name": "userWithId", "parameters": {"userIds": "user-1, user-2,x"}}),
        export({"name": "remoteAddress", "parameters": {"IPs": "10.0.0.0/8, nonsense, ::1"}}),
        export({"name": "gradualRolloutSessionId", "parameters": {"percentage": "33", "groupId": "g"}}),
        export({**HALF, "parameters": {"rollout": "many"}}),
        export({"name": "moonPhase"}),
        export({**HALF, "disabled": True}),
        export(variants=[{**PARTS[0], "overrides": [{"contextName": "plan", "values": ["pro"]}]}, *PARTS[1:]]),
    ],
)
def test_each_shape_agrees_with_its_translation(source: dict[str, Any]) -> None:
    assert agreement(source) == Agreement(1000, 1000, [])


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(
    ("operator", "fields"),
    [
        ("IN", {"values": ["pro", "free"]}),
        ("NOT_IN", {"values": ["pro"]}),
        ("IN", {"values": []}),
        ("IN", {"values": ["pro"], "caseInsensitive": True}),
        ("STR_STARTS_WITH", {"values": ["Pr"], "caseInsensitive": True}),
        ("STR_ENDS_WITH", {"values": ["o", "e"]}),
        ("STR_CONTAINS", {"values": ["r"]}),
        ("NUM_EQ", {"value": "5"}),
        ("NUM_GTE", {"value": "5.5"}),
        ("NUM_LT", {"value": "none"}),
        ("DATE_AFTER", {"value": "2026-01-29T13:00:00.000Z"}),
        ("SEMVER_GTE", {"value": "1.2.3-beta.2"}),
        ("SEMVER_EQ", {"value": "1.2"}),
        ("IN_CIDR", {"values": ["10.0.0.0/8", "nonsense"]}),
        ("IN_CIDR", {"values": ["nonsense"]}),
        ("REGEX", {"value": "^p.o$"}),
        ("REGEX", {"value": "("}),
        ("SOON", {}),
    ],
)
def test_each_operator_agrees_with_its_translation(operator: str, fields: dict[str, Any], inverted: bool) -> None:
    pytest.importorskip("re2")
    found = agreement(export(constrained(operator, **fields, inverted=inverted)))
    assert found == Agreement(1000, 1000, [])


def test_subjects_have_what_the_feature_asks_about() -> None:
    source = Source(export(constrained("NUM_GT", value="5"), {**HALF, "variants": PARTS}), NOW)
    assert mentions_of(source, "f").values == {"plan": ["5", "6", "4"]}


def test_subjects_are_fewer_where_there_are_very_many_features() -> None:
    features = [{"name": f"f{at}", "enabled": True, "strategies": [HALF]} for at in range(1000)]
    found = agreement(read({"features": features}))
    assert found == Agreement(MOST, MOST, [])
