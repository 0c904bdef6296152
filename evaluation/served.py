"""What an environment served at one revision, in the words of the API."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from accounts.models import Environment
from evaluation.history import find_revision, read
from evaluation.reading import texts_at
from evaluation.running import Running
from experiments.documents import EXPERIMENT
from flags.kinds import AUDIENCE, FLAG, Name

Document = Mapping[str, Any]


def served_at(environment: Environment, number: int) -> dict[str, Any]:
    """Everything, by key; a running experiment that is broken is left out here as it is left out of answers."""
    texts = texts_at(str(environment.pk), number)
    flags, audiences = _documents(texts, FLAG), _documents(texts, AUDIENCE)
    running = Running({key: text for (kind, key), text in texts.items() if kind == EXPERIMENT and text is not None})
    revision = find_revision(environment, number)
    return {
        "version": number,
        "environment": {
            "id": str(environment.pk),
            "key": environment.key,
            "name": environment.name,
            "project": environment.project.key,
        },
        "published_at": revision.published_at,
        "published_by": revision.published_by,
        "flags": flags,
        "audiences": audiences,
        "experiments": [_experiment(document, audiences) for document in running.documents.values()],
    }


def _documents(texts: Mapping[Name, str | None], wanted: str) -> dict[str, Any]:
    return {key: read(text) for (kind, key), text in sorted(texts.items()) if kind == wanted}


def _experiment(document: Document, audiences: Document) -> dict[str, Any]:
    audience = audiences.get(document.get("audience") or "")
    kept = ("id", "key", "name", "salt", "algorithm", "flag", "layer", "holdouts", "audience")
    return {
        **{name: document.get(name) for name in kept},
        "audience_rules": audience.get("rules", []) if isinstance(audience, dict) else [],
        "targeting_rules": document.get("rules", []),
        "variants": document["variants"],
        "allocations": list(_allocations(document)),
    }


def _allocations(document: Document) -> Iterable[dict[str, Any]]:
    """One per range, in the order of the buckets."""
    ids = {variant["key"]: variant.get("id") for variant in document["variants"]}
    ranges = [(*pair, each["variant"]) for each in document["allocations"] for pair in each["ranges"]]
    for first, last, key in sorted(ranges, key=itemgetter(0)):
        yield {"variant_id": ids.get(key), "variant_key": key, "range_start": first, "range_end": last}
