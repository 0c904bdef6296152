"""What an Unleash document asks of our rows: flags and audiences to be, what cannot be, and what is not as it was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flags.cleaners import Wrong
from flags.importing.unleash import Note, Translation, audience_key, translate
from flags.serves import clean_key

_PURPOSES = {
    "release": "release",
    "experiment": "experiment",
    "operational": "operations",
    "kill-switch": "kill_switch",
    "permission": "permission",
}
_LASTING = ("kill-switch", "permission", "operational")


@dataclass(frozen=True, slots=True)
class WantedFlag:
    """A flag as the import makes it. `texts` are taken when it is created, and then left to the people here."""

    key: str
    flag_type: str
    variants: list[dict[str, Any]]
    texts: dict[str, Any]
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class WantedAudience:
    """An audience as the import makes it in each environment."""

    key: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """Flags stand behind those that they depend on. `impossible` says why by feature."""

    flags: list[WantedFlag]
    audiences: list[WantedAudience]
    impossible: dict[str, str]
    notes: list[Note]
    translation: Translation


def plan_of(export: Mapping[str, Any]) -> Plan:
    """The plan for features and segments as `unleash_documents.read` gives them."""
    translation = translate(export)
    features = {feature["name"]: feature for feature in export["features"]}
    unknown = {segment["id"] for segment in export["segments"] if "constraints" not in segment}
    impossible = dict(_impossible(translation, features, unknown))
    documents = sorted(translation.flags, key=lambda document: bool(document["prerequisites"]))
    return Plan(
        flags=[
            _flag(document, features[document["key"]], translation)
            for document in documents
            if document["key"] not in impossible
        ],
        audiences=[
            _audience(document)
            for document in translation.audiences
            if document["key"] not in {audience_key(segment) for segment in unknown}
        ],
        impossible=impossible,
        notes=[note for note in translation.notes if note.name not in impossible],
        translation=translation,
    )


def _impossible(
    translation: Translation, features: Mapping[str, Mapping[str, Any]], unknown: set[object]
) -> Iterator[tuple[str, str]]:
    """Features that cannot be flags here, and why; who depends on one of them cannot be either."""
    why = {name: sentence for name, feature in features.items() if (sentence := _obstacle(feature, unknown))}
    yield from why.items()
    for document in translation.flags:
        missing = [entry["flag"] for entry in document["prerequisites"] if entry["flag"] in why]
        if missing and document["key"] not in why:
            yield document["key"], f"It depends on {missing[0]}, which cannot be imported."


def _obstacle(feature: Mapping[str, Any], unknown: set[object]) -> str:
    try:
        clean_key(feature["name"])
    except Wrong as wrong:
        return f"Its name cannot be the key of a flag. {wrong.sentence}"
    asked = {segment for strategy in feature.get("strategies") or () for segment in strategy.get("segments") or ()}
    if found := sorted(map(str, asked & unknown)):
        return (
            f"The document does not say who is in segment {', '.join(found)}. "
            "Import the client features document, which has the constraints of segments."
        )
    return ""


def _flag(document: Mapping[str, Any], feature: Mapping[str, Any], translation: Translation) -> WantedFlag:
    names = translation.variants[document["key"]].names
    kind = str(feature.get("type") or "release")
    return WantedFlag(
        key=document["key"],
        flag_type=document["type"],
        variants=[_variant(variant, names) for variant in document["variants"]],
        texts={
            "description": str(feature.get("description") or "")[:2000],
            "purpose": _PURPOSES.get(kind, "release"),
            "is_temporary": kind not in _LASTING,
        },
        config={
            "is_enabled": document["enabled"],
            "serve": document["serve"],
            "off_variant": document["off_variant"] or "",
            **{name: document[name] for name in ("prerequisites", "targets", "rules")},
        },
    )


def _variant(variant: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    name = names.get(variant["key"])
    return {**variant, "name": name[:100]} if name else dict(variant)


def _audience(document: Mapping[str, Any]) -> WantedAudience:
    fields = {name: document[name] for name in ("included", "excluded", "rules")}
    return WantedAudience(document["key"], {"name": document["name"][:200], **fields})
