"""How a change becomes a revision: one counter step per environment and transaction, one row per changed document."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.dispatch import Signal

from accounts import policy
from accounts.changes import Change, change, closing
from accounts.errors import Invalid
from accounts.models import ApiKey, Environment, Project, User
from audit.recording import SYSTEM
from evaluation.models import Head, Publication
from experiments import documents as experiments
from experiments.documents import EXPERIMENT
from flagkit.engine import BrokenDocument, compile_audience, compile_flag
from flagkit.engine.experiments import compile_experiment
from flags import documents as flags
from flags.kinds import AUDIENCE, FLAG, Name

# Sent after the commit, with environment_id, environment_key and revision: once per environment that has a new
# revision, and with None, no key and 0 when environments or keys themselves were edited.
published = Signal()

Documents = Mapping[str, dict[str, Any]]
_KINDS: dict[str, tuple[Callable[[Environment, Collection[str]], Documents], Callable[[Any], Any]]] = {
    FLAG: (flags.documents, compile_flag),
    AUDIENCE: (flags.audience_documents, compile_audience),
    EXPERIMENT: (experiments.documents, compile_experiment),
}


def listen() -> None:
    closing.connect(_publish_change, dispatch_uid="publishing")


def _publish_change(sender: type, change: Change, **_: Any) -> None:
    touched: dict[UUID, set[Name]] = defaultdict(set)
    for write in change.writes:
        for environment_id, name in (*flags.affected_by(write.row), *experiments.affected_by(write.row)):
            touched[environment_id].add(name)
    for environment_id in sorted(touched):
        publish(environment_id, touched[environment_id], by=_author(change))
    if any(isinstance(write.row, Environment | Project | ApiKey) for write in change.writes):
        transaction.on_commit(lambda: _tell(None, "", 0))


def publish(environment_id: UUID, names: Iterable[Name], *, by: str) -> None:
    """Publish those of the documents that differ from what is published; only inside a transaction."""
    environment = Environment.objects.filter(pk=environment_id).first()
    if environment is None:
        return
    head = _locked_head(environment_id)  # first: whoever held it has committed what the rows below are read from
    current = _texts(environment, sorted(names))
    standing = newest(environment_id, current)
    changed = {name: text for name, text in current.items() if standing.get(name) != text}
    if not changed:
        return
    revision = _revision(head, environment)
    for (kind, key), text in changed.items():
        Publication.objects.update_or_create(
            environment_id=environment_id,
            revision=revision,
            kind=kind,
            key=key,
            defaults={"document": text, "by": by},
        )


def publish_environment(environment: Environment, *, by: User) -> None:
    """Publish all that is stored where it is not what is published, for somebody who may change the environment.

    Changes publish what they affect; this is for rows that were written past them, and for documents of an older form.
    """
    with change(by=by):
        policy.require_change(by, environment)
        stored = {name for _, name in (*flags.affected_by(environment), *experiments.affected_by(environment))}
        rows = Publication.objects.filter(environment_id=environment.pk).order_by()
        publish(environment.pk, {*stored, *rows.values_list("kind", "key").distinct()}, by=str(by))


def newest(environment_id: UUID, names: Collection[Name]) -> dict[Name, str | None]:
    """The published text of these documents; None, or no entry, where there is none."""
    found: dict[Name, str | None] = {}
    for kind, keys in _by_kind(names).items():
        rows = Publication.objects.filter(environment_id=environment_id, kind=kind)
        latest = rows.filter(key=OuterRef("key")).order_by("-revision").values("revision")[:1]
        texts = rows.filter(key__in=keys, revision=Subquery(latest)).values_list("key", "document")
        found |= {(kind, key): text for key, text in texts}
    return found


def _texts(environment: Environment, names: Sequence[Name]) -> dict[Name, str | None]:
    """The documents as they stand in the rows. Raises Invalid where one could not be evaluated."""
    texts: dict[Name, str | None] = dict.fromkeys(names)
    for kind, keys in _by_kind(names).items():
        read, compiled = _KINDS[kind]
        for key, document in read(environment, keys).items():
            try:
                compiled(document)
            except BrokenDocument as error:
                what = f"{kind.title()} {key}"
                raise Invalid(f"{what} could not be evaluated in {environment.key}: {error}.") from error
            texts[kind, key] = orjson.dumps(document).decode()
    return texts


def _by_kind(names: Iterable[Name]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for kind, key in names:
        found[kind].append(key)
    return found


def _locked_head(environment_id: UUID) -> Head:
    Head.objects.get_or_create(environment_id=environment_id)
    return Head.objects.select_for_update().get(environment_id=environment_id)


def _revision(head: Head, environment: Environment) -> int:
    """This transaction's revision of the environment: a new one, or the one that an earlier change in it took.

    Django drops a registered callback when its savepoint or transaction is rolled back, so the list of callbacks is
    the exact memory of what this transaction did.
    """
    callbacks = [callback for _, callback, *_ in transaction.get_connection().run_on_commit]
    for callback in callbacks:
        if isinstance(callback, _Announcement) and callback.environment_id == head.environment_id:
            return callback.revision
    head.revision += 1
    head.save()
    transaction.on_commit(_Announcement(head.environment_id, environment.key, head.revision))
    return head.revision


class _Announcement:
    """Tells the rest of this process that the environment has a new revision, once that is committed."""

    def __init__(self, environment_id: UUID, key: str, revision: int) -> None:
        self.environment_id = environment_id
        self.key = key
        self.revision = revision

    def __call__(self) -> None:
        _tell(self.environment_id, self.key, self.revision)


def _tell(environment_id: UUID | None, key: str, revision: int) -> None:
    """Send the news; a listener that fails is logged, for the change itself is committed and done."""
    published.send_robust(_Announcement, environment_id=environment_id, environment_key=key, revision=revision)


def _author(change: Change) -> str:
    return next((str(write.by) for write in change.writes if write.by), SYSTEM)
