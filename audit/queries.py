"""What history holds, newest first."""

from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Environment, Project
from accounts.queries import ids_in
from audit.models import Entry

FLAG_SUBJECTS = ("flag", "flag_config")


def recent(
    *,
    project: Project | str | None = None,
    environment: Environment | str | None = None,
    actor: str = "",
    action: str = "",
    subject: str = "",
    key: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """The entries that match everything given. Places are named by key, also those that are gone; the actor by e-mail
    or id; `since` is included, `until` is not.
    """
    exact = {"project": str(project or ""), "environment": str(environment or "")}
    exact |= {"action": action, "subject": subject, "key": key}
    entries = Entry.objects.filter(**{name: value for name, value in exact.items() if value})
    if actor:
        entries = entries.filter(_by(actor))
    if since is not None:
        entries = entries.filter(at__gte=since)
    if until is not None:
        entries = entries.filter(at__lt=until)
    return entries


def of_flag(project: Project, key: str) -> QuerySet[Entry]:
    """Everything that happened to a flag, by key or id, and to its configs, also after it is gone."""
    here = Entry.objects.filter(project=project.key)
    if ids := ids_in(key):
        key = here.filter(subject="flag", subject_id__in=ids).values_list("key", flat=True).first() or key
    return here.filter(key=key, subject__in=FLAG_SUBJECTS)


def _by(actor: str) -> Q:
    return Q(actor_id__in=ids_in(actor)) | Q(actor__iexact=actor)
