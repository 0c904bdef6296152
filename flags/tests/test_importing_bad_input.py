"""Documents that Unleash would not give are refused as a whole, with the place that is wrong, and change nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from flags.importing.unleash_documents import BadExport, read
from flags.models import Flag


def feature(**fields: Any) -> dict[str, Any]:
    return {"features": [{"name": "f", "enabled": True, **fields}]}


def strategy(**fields: Any) -> dict[str, Any]:
    return feature(strategies=[{"name": "default", **fields}])


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize("document", [None, [], "features", 7, True])
def test_what_is_no_object_is_no_document(document: Any) -> None:
    with pytest.raises(BadExport, match="Give a JSON object"):
        read(document)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "There are no features"),
        ({"version": 3, "features": []}, "versions 1 and 2"),
        ({"version": True, "features": []}, "versions 1 and 2"),
        ({"version": "1", "features": []}, "versions 1 and 2"),
        ({"features": [], "x": nested(40)}, "deeper than 32"),
        ({"features": [], "x": "\x00"}, "NUL"),
        ({"events": [{"type": "hydration"}]}, "no features"),
        ({"events": [{"type": "feature-updated"}]}, "no feature"),
    ],
)
def test_a_document_of_another_kind_is_refused_with_a_sentence(document: Any, told: str) -> None:
    with pytest.raises(BadExport, match=told):
        read(document)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"features": {}}, "features"),
        ({"features": [7]}, "features.0"),
        ({"features": [{"enabled": True}]}, "features.0.name"),
        ({"features": [{"name": 5, "enabled": True}]}, "features.0.name"),
        ({"features": [{"name": "f"}]}, "features.0.enabled"),
        ({"features": [{"name": "f", "enabled": "yes"}]}, "features.0.enabled"),
        ({"features": [*feature()["features"], *feature()["features"]]}, "features.1.name"),
        (feature(strategies="default"), "features.0.strategies"),
        (feature(strategies=[{}]), "features.0.strategies.0.name"),
        (strategy(parameters=[]), "features.0.strategies.0.parameters"),
        (strategy(parameters={"rollout": []}), "features.0.strategies.0.parameters.rollout"),
        (strategy(constraints=[{"operator": "IN"}]), "features.0.strategies.0.constraints.0.contextName"),
        (strategy(segments=[None]), "features.0.strategies.0.segments.0"),
        (strategy(segments=["a b"]), "features.0.strategies.0.segments.0"),
        (feature(variants=[{"name": "a", "weight": -1}]), "features.0.variants.0.weight"),
        (feature(variants=[{"name": "a", "weight": 1, "payload": 3}]), "features.0.variants.0.payload"),
        (feature(dependencies=[{"feature": None}]), "features.0.dependencies.0.feature"),
        ({**feature(), "segments": [{"name": "x"}]}, "segments.0.id"),
        ({"events": [{"type": 1}]}, "events.0.type"),
        ({"features": [], "featureStrategies": [{}]}, "featureStrategies.0.featureName"),
    ],
)
def test_what_is_wrong_in_a_document_is_told_by_its_place(document: Any, place: str) -> None:
    with pytest.raises(BadExport) as refused:
        read(document)
    assert list(refused.value.fields) == [f"document.{place}"]


def test_fields_that_we_do_not_know_and_nulls_are_no_obstacle() -> None:
    found = read(feature(variants=None, impressionData=True, lastSeenAt=None))
    assert found["features"][0] | {"impressionData": True} == found["features"][0]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "document"),
        ({"document": feature()}, "environment_key"),
        ({"document": feature(), "environment_key": []}, "environment_key"),
        ({"document": feature(), "environment_key": [1]}, "environment_key"),
        ({"document": feature(), "environment_key": "staging", "dry_run": "no"}, "dry_run"),
        ({"document": feature(), "environment_key": "staging", "dry": True}, "dry"),
        ({"document": {"features": [{}]}, "environment_key": "staging"}, "document.features.0.name"),
        ({"document": 5, "environment_key": "staging"}, None),
    ],
)
def test_a_bad_request_is_refused_over_http(
    api: Callable[[User], APIClient], alice: User, body: Any, place: str | None
) -> None:
    answer = api(alice).post("/api/import/unleash", body)
    assert answer.status_code == 400
    assert place is None or place in answer.json()["fields"]
    assert not Flag.objects.exists()


def test_an_unknown_environment_is_not_found_over_http(api: Callable[[User], APIClient], alice: User) -> None:
    answer = api(alice).post("/api/import/unleash", {"document": feature(), "environment_key": ["staging", "moon"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "environment_not_found")
    assert not Flag.objects.exists()


def test_a_document_that_is_too_large_is_refused_over_http(api: Callable[[User], APIClient], alice: User) -> None:
    body = {"document": feature(description="x" * 2_000_000), "environment_key": "staging"}
    assert api(alice).post("/api/import/unleash", body).status_code == 413


def test_an_import_over_http_tells_what_it_did(api: Callable[[User], APIClient], bob: User) -> None:
    body = {"document": feature(), "environment_key": ["development", "staging"]}
    rehearsed = api(bob).post("/import/unleash", {**body, "dry_run": True})
    assert (rehearsed.status_code, Flag.objects.count()) == (200, 0)
    done = api(bob).post("/import/unleash", body).json()
    assert done == rehearsed.json()
    assert done == {
        "created": ["f"],
        "changed": [],
        "unchanged": [],
        "not_representable": [],
        "notes": [],
        "agreement": {"sampled": 2000, "equal": 2000, "different": []},
    }
