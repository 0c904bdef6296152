"""Every write of audiences: who may, what is refused, what is saved.

Each service locks the project's row first, because audiences and flags refer to each other, and then the audience's.
The row that is passed in is the row as it now stands; after a refusal read it again.
"""

from collections.abc import Mapping
from typing import Any

from accounts import policy
from accounts.changes import change
from accounts.editing import delete_unless_needed, hold, insert, is_outdated
from accounts.errors import Conflict, Outdated
from accounts.models import Environment, User
from flagkit.engine import BrokenDocument, compile_audience
from flags.documents import audience_document
from flags.drafts import put
from flags.models import Audience
from flags.queries import AudienceNotFound
from flags.references import refuse_dangling_audience
from flags.rules import settled
from flags.usage import AudienceInUse, refuse_audience_in_use
from flags.validation import InvalidFlag, clean_audience


class AudienceExists(Conflict):
    """The environment has an audience of this key."""

    code = "audience_exists"


class AudienceOutdated(Outdated):
    """The audience was saved since the caller read it."""


def create_audience(environment: Environment, *, by: User, **fields: Any) -> Audience:
    """A new audience: key, and as wanted name, description, rules, included and excluded keys."""
    with change(by=by):
        policy.require_change(by, environment)
        hold(environment.project)
        audience = Audience(environment=environment)
        _draft(audience, {"key": "", **fields})
        taken = f"{environment.key} has an audience {audience.key}. Change that one, or choose another key."
        return insert(audience, taken=AudienceExists(taken))


def update_audience(audience: Audience, *, by: User, if_match: str | None = None, **fields: Any) -> Audience:
    """Change what is given; lists each as a whole."""
    with change(by=by):
        policy.require_change(by, audience.environment)
        _hold(audience, if_match)
        if fields.get("key", audience.key) != audience.key:
            raise InvalidFlag({"key": ["An audience keeps its key. Create another one and let the rules name that."]})
        for row in _draft(audience, fields):
            row.save()
    return audience


def delete_audience(audience: Audience, *, by: User, if_match: str | None = None) -> None:
    """Remove an audience that nobody uses; its history stays."""
    with change(by=by):
        policy.require_change(by, audience.environment)
        _hold(audience, if_match)
        refuse_audience_in_use(audience)
        delete_unless_needed(audience, AudienceInUse)


def etag(audience: Audience) -> str:
    """What If-Match is compared with."""
    return f'"{audience.version}"'


def _draft(audience: Audience, given: Mapping[str, Any]) -> list[Audience]:
    """Put the given fields into the audience; the audience, where that changed it. Raises InvalidFlag."""
    values = clean_audience(given)
    if "rules" in values:
        values["rules"] = settled(values["rules"], audience.rules)
    changed = put(audience, values)
    _refuse_unanswerable(audience)
    if "rules" in values:
        refuse_dangling_audience(audience)
    return changed


def _refuse_unanswerable(audience: Audience) -> None:
    document = audience_document(audience)
    for at, rule in enumerate(document["rules"]):
        try:
            compile_audience({**document, "rules": [rule]})
        except BrokenDocument as error:
            raise InvalidFlag({f"rules.{at}": [f"{audience.environment.key}: {error}."]}) from error


def _hold(audience: Audience, if_match: str | None) -> None:
    hold(audience.environment.project)
    try:
        audience.reload()
    except Audience.DoesNotExist:
        raise AudienceNotFound(f"Audience {audience.key} was deleted in the meantime.") from None
    if is_outdated(if_match, etag(audience)):
        raise AudienceOutdated(f"Audience {audience.key} was changed since you read it. Read it again.")
