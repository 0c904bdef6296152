"""What the database says is published: which environments there are, at which revision, and the documents of each."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Max, OuterRef, Subquery

from accounts.models import ApiKey, Environment
from evaluation.models import Head, Publication
from evaluation.snapshot import Address
from flags.kinds import Name


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


def texts_at(environment_id: str, revision: int) -> dict[Name, str | None]:
    """Every document of the environment as of this revision: the newest row of each kind and key up to it."""
    rows = Publication.objects.filter(environment_id=environment_id, revision__lte=revision)
    same = rows.filter(kind=OuterRef("kind"), key=OuterRef("key")).order_by()
    latest = same.values("kind", "key").annotate(n=Max("revision")).values("n")
    found = rows.filter(revision=Subquery(latest)).values_list("kind", "key", "document")
    return {(kind, key): text for kind, key, text in found if text is not None}


def texts_between(environment_id: str, after: int, upto: int) -> dict[Name, str | None]:
    """What changed after one revision up to another: the newest text of each document, None where it was taken away."""
    rows = Publication.objects.filter(environment_id=environment_id, revision__gt=after, revision__lte=upto)
    changes = rows.order_by("revision").values_list("kind", "key", "document")
    return {(kind, key): text for kind, key, text in changes}
