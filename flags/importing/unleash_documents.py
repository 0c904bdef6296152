"""What a file of Unleash says, in one form: its features with their strategies, and its segments.

A client features document (versions 1 and 2) is in that form. The events of the delta API are added up, the export of
an environment has its strategies put into its features. Fields that we do not know are left alone.
"""

from collections.abc import Mapping
from typing import Any

from accounts.errors import Invalid
from accounts.json_values import problem_with
from flags.cleaners import Cleaner, Wrong, boolean, clean_all, each, part, text
from flags.importing.unleash_deltas import hydrated
from flags.importing.unleash_exports import gathered
from flags.serves import clean_key

VERSIONS = (1, 2)
MAX_FEATURES = 10_000
_MANY = 100_000
_SEE = "This is not a document of Unleash that can be read; see fields."


class BadExport(Invalid):
    """The document is not of a form that Unleash gives; `fields` says where, below `document`."""

    code = "bad_export"

    def __init__(self, message: str, *, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(message, fields={f"document.{name}": told for name, told in (fields or {}).items()})


def read(document: object) -> dict[str, Any]:
    """`{"features": […], "segments": […]}` of a parsed document. Raises BadExport."""
    if not isinstance(document, dict):
        raise BadExport("Give a JSON object: a client features document, delta events or an export of Unleash.")
    if problem := problem_with(document):
        raise BadExport(problem)
    found, problems = clean_all(_brought_together(document), {"features": _features, "segments": _segments})
    if problems:
        raise BadExport(_SEE, fields=problems)
    return found


def _brought_together(document: Mapping[str, Any]) -> dict[str, Any]:
    if "events" in document:
        return _added_up(_checked(document, "events", _events))
    if "featureStrategies" in document:
        tables = {name: clean for name, clean in _EXPORT.items() if document.get(name) is not None}
        return gathered({name: _checked(document, name, clean) for name, clean in tables.items()})
    if "features" not in document:
        raise BadExport("There are no features in this document: it has to have features, or events.")
    version = document.get("version", VERSIONS[0])
    if isinstance(version, bool) or version not in VERSIONS:
        raise BadExport("Only the versions 1 and 2 can be read.", fields={"version": ["Give a document of 1 or 2."]})
    return {"features": document["features"], "segments": document.get("segments") or []}


def _added_up(events: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        return dict(hydrated({"events": events}))
    except KeyError as missing:
        raise BadExport(f"An event has no {missing.args[0]}.") from missing


def _checked(document: Mapping[str, Any], name: str, clean: Cleaner) -> Any:
    try:
        return clean(document[name])
    except Wrong as wrong:
        raise BadExport(_SEE, fields={name + wrong.path: [wrong.sentence]}) from wrong


def _object(**cleaners: Cleaner) -> Cleaner:
    """An object with these fields and any others; those whose name ends in _ may be missing or null."""
    names = {name.removesuffix("_"): clean for name, clean in cleaners.items()}
    needed = [name for name in cleaners if not name.endswith("_")]

    def clean(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong("Give an object.")
        if missing := next((name for name in needed if value.get(name) is None), None):
            raise Wrong("This is required.", f".{missing}")
        there = {name: part(name, names[name], value[name]) for name in names if value.get(name) is not None}
        return {name: other for name, other in value.items() if name not in names} | there

    return clean


def _list(clean: Cleaner, *, most: int = _MANY) -> Cleaner:
    return lambda values: each(clean, values, least=0, most=most)


def _weight(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Wrong("Give a whole number, 0 or more.")
    return value


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise Wrong("Give a text or a number.")
    return value


def _parameters(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong("Give an object.")
    return {name: part(name, _scalar, each) for name, each in value.items() if each is not None}


def _segment_id(value: Any) -> Any:
    clean_key(f"segment-{value}" if isinstance(value, str | int) else None)
    return value


def _features(value: Any) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = each(_FEATURE, value, least=0, most=MAX_FEATURES)
    names: set[str] = set()
    for at, feature in enumerate(features):
        if feature["name"] in names:
            raise Wrong(f"Another feature is called {feature['name']}.", f".{at}.name")
        names.add(feature["name"])
    return features


_TEXT = text(100_000)
_TEXTS = _list(_TEXT)
_NAMED = _object(name=_TEXT)
_CONSTRAINT = _object(
    contextName=_TEXT, operator=_TEXT, values_=_TEXTS, value_=_scalar, inverted_=boolean, caseInsensitive_=boolean
)
_PAYLOAD = _object(type=_TEXT, value=_TEXT)
_VARIANT = _object(
    name=_TEXT,
    weight=_weight,
    payload_=_PAYLOAD,
    stickiness_=_TEXT,
    overrides_=_list(_object(contextName=_TEXT, values=_TEXTS)),
)
_DEPENDENCIES = _list(_object(feature=_TEXT, enabled_=boolean, variants_=_TEXTS))
_STRATEGY = _object(
    name=_TEXT,
    parameters_=_parameters,
    constraints_=_list(_CONSTRAINT),
    segments_=_list(_segment_id),
    variants_=_list(_VARIANT),
    disabled_=boolean,
)
_FEATURE = _object(
    name=_TEXT,
    enabled=boolean,
    strategies_=_list(_STRATEGY),
    variants_=_list(_VARIANT),
    dependencies_=_DEPENDENCIES,
    description_=_TEXT,
    type_=_TEXT,
)
_SEGMENT = _object(id=_segment_id, name_=_TEXT, constraints_=_list(_CONSTRAINT))
_segments = _list(_SEGMENT)
_events = _list(
    _object(
        type=_TEXT,
        features_=_list(_NAMED),
        feature_=_NAMED,
        featureName_=_TEXT,
        segments_=_segments,
        segment_=_SEGMENT,
        segmentId_=_segment_id,
    )
)
_EXPORT: dict[str, Cleaner] = {
    "features": _list(_NAMED),
    "featureStrategies": _list(_object(featureName=_TEXT)),
    "featureEnvironments": _list(_object(featureName=_TEXT, enabled=boolean)),
    "dependencies": _list(_object(feature=_TEXT, dependencies=_DEPENDENCIES)),
    "segments": _segments,
}
