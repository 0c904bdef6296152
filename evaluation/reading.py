"""What the database says is published: which environments there are, at which revision, and the documents of each."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Max, OuterRef, Subquery

from accounts.models import ApiKey, Environment
from evaluation.models import Head, Publication
from evaluation.snapshot import Address


def addresses() -> list[tuple[Address, int]]:
    """Every environment with its newest revision (0: never published)."""
    revisions = {str(head.environment_id): head.revision for head in Head.objects.all()}
    keys: Mapping[str, dict[str, str]] = defaultdict(dict)
    for environment_id, key_hash, kind in ApiKey.objects.filter(revoked_at=None).values_list(
        "environment_id", "key_hash", "kind"
    ):
        keys[str(environment_id)][key_hash] = kind
    return [
        (Address(str(e.pk), e.project.key, e.key, e.name, e.allows_keyless, keys.get(str(e.pk), {})), revision)
        for e in Environment.objects.select_related("project")
        for revision in [revisions.get(str(e.pk), 0)]
    ]


def texts_at(environment_id: str, revision: int) -> dict[str, str | None]:
    """Every document of the environment as of this revision: the newest row of each key up to it."""
    rows = Publication.objects.filter(environment_id=environment_id, kind=Publication.Kind.FLAG, revision__lte=revision)
    latest = rows.filter(key=OuterRef("key")).order_by().values("key").annotate(n=Max("revision")).values("n")
    found = rows.filter(revision=Subquery(latest)).values_list("key", "document")
    return {key: text for key, text in found if text is not None}


def texts_between(environment_id: str, after: int, upto: int) -> dict[str, str | None]:
    """What changed after one revision up to another: the newest text of each key, None where it was taken away."""
    rows = Publication.objects.filter(
        environment_id=environment_id, kind=Publication.Kind.FLAG, revision__gt=after, revision__lte=upto
    )
    return dict(rows.order_by("revision").values_list("key", "document"))
