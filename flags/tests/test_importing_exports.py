"""An export of Unleash, which is a set of tables, is imported as its features are."""

from typing import Any

from accounts.models import Environment, Project, User
from flags.importing.applying import Report, import_unleash
from flags.importing.unleash_documents import read
from flags.models import Flag, FlagConfig

EXPORT: dict[str, Any] = {
    "features": [
        {"name": "f", "type": "release", "description": "First.", "archived": False},
        {"name": "gone", "archived": True},
        {"name": "unset"},
    ],
    "featureStrategies": [
        {"featureName": "f", "name": "userWithId", "parameters": {"userIds": "bob"}, "sortOrder": 2},
        {"featureName": "f", "name": "flexibleRollout", "parameters": {"rollout": "20"}, "sortOrder": 1},
        {"featureName": "elsewhere", "name": "default"},
    ],
    "featureEnvironments": [
        {"featureName": "f", "environment": "development", "enabled": True, "variants": [{"name": "a", "weight": 1}]}
    ],
    "dependencies": [{"feature": "unset", "dependencies": [{"feature": "f"}]}],
    "segments": [],
    "tagTypes": [],
}


def imported(project: Project, by: User, environment: Environment, export: dict[str, Any]) -> Report:
    return import_unleash(project, export, by=by, environments=[environment])


def test_tables_are_put_into_their_features() -> None:
    first, unset = read(EXPORT)["features"]
    assert [strategy["name"] for strategy in first["strategies"]] == ["flexibleRollout", "userWithId"]
    assert (first["enabled"], first["variants"][0]["name"]) == (True, "a")
    assert (unset["enabled"], unset["dependencies"]) == (False, [{"feature": "f"}])


def test_archived_features_are_left_out(project: Project, alice: User, staging: Environment) -> None:
    report = imported(project, alice, staging, EXPORT)
    assert report.created == ["f", "unset"]
    assert (report.agreement.sampled, report.agreement.equal) == (2000, 2000)
    assert Flag.objects.get(key="f").description == "First."


def test_a_feature_without_a_row_for_its_environment_is_off(
    project: Project, alice: User, staging: Environment
) -> None:
    imported(project, alice, staging, EXPORT)
    assert not FlagConfig.objects.get(flag__key="unset").is_enabled


def test_a_segment_without_its_constraints_is_not_guessed(project: Project, alice: User, staging: Environment) -> None:
    asking = {"featureName": "f", "name": "default", "segments": [4]}
    export = {**EXPORT, "featureStrategies": [asking], "segments": [{"id": 4, "name": "Europe"}]}
    report = imported(project, alice, staging, export)
    assert [found["feature"] for found in report.not_representable] == ["f", "unset"]
    assert "does not say who is in segment 4" in report.not_representable[0]["why"]
    assert not Flag.objects.exists()
