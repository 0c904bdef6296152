"""Every write of flags and of what they do in an environment: who may, what is refused, what is saved.

Each service locks the flag's row first (before it the project's, where flags refer to each other), checks everything
before it writes anything, and saves a row only where it differs. The row that is passed in is the row as it now stands;
after a refusal read it again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import policy
from accounts.changes import change
from accounts.editing import delete_unless_needed, hold, is_outdated
from accounts.errors import Conflict, Outdated
from accounts.models import Environment, Project, User
from accounts.policy import Action
from accounts.queries import EnvironmentNotFound
from flags.documents import document_of
from flags.drafts import configure, define, redefine, refuse_missing_variants, refuse_unanswerable
from flags.models import Flag, FlagConfig
from flags.queries import EnvironmentNeeded, FlagNotFound
from flags.references import refuse_dangling
from flags.usage import FlagInUse, refuse_archived_prerequisites, refuse_flag_in_use
from flags.validation import clean_config

Configs = Mapping[Environment, FlagConfig]
REFERRING = ("prerequisites", "rules")  # what of a config names other flags and audiences

# What says nothing of a new flag but that it is off: callers may send it without naming an environment.
_HARMLESS: dict[str, list[Any]] = {
    "is_enabled": [False],
    "rollout_percentage": [0],
    "serve": [{}],
    "off_variant": [""],
    "prerequisites": [[]],
    "targets": [[]],
    "rules": [[]],
}


class FlagExists(Conflict):
    """The project has a flag of this key, in use or archived."""

    code = "flag_exists"


class FlagArchived(Conflict):
    """An archived flag stays as it is."""

    code = "flag_archived"


class FlagOutdated(Outdated):
    """The flag or its config was saved since the caller read it."""


def create_flag(
    project: Project,
    *,
    by: User,
    key: str,
    name: str = "",
    description: str = "",
    flag_type: str = "boolean",
    variants: list[dict[str, Any]] | None = None,
    tags: list[str] | None = None,
    owner: User | str | None = None,
    purpose: str = "release",
    is_temporary: bool = True,
    is_client_visible: bool = False,
    environment: Environment | None = None,
    config: Mapping[str, Any] | None = None,
) -> Flag:
    """A new flag: off everywhere, but in the named environment as `config` says. Owner: a user, an id or an e-mail."""
    given: dict[str, Any] = {"key": key, "name": name, "description": description, "flag_type": flag_type}
    given |= {"tags": [] if tags is None else tags, "purpose": purpose, "is_temporary": is_temporary}
    given["is_client_visible"] = is_client_visible
    with change(by=by):
        policy.require(by, Action.CHANGE, project=project)
        _hold_references(project, config or {})
        flag = define(project, {**given, "variants": variants, "owner": owner})
        config = _speaking(flag, config or {}) if environment is None else config or {}
        chosen = _chosen(_unsaved(flag), environment, config, by=by)
        configs: list[FlagConfig] = configure(chosen, config) if chosen else []
        refuse_missing_variants(flag, [chosen] if chosen else [])
        _refuse_unusable([chosen] if chosen else [], config)
        _insert(flag)
        for first in configs:
            first.save()
    return flag


def update_flag(
    flag: Flag,
    *,
    by: User,
    if_match: str | None = None,
    environment: Environment | None = None,
    config: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Flag:
    """Change the definition and, where an environment is named, what the flag does there: both or nothing."""
    _edit(flag, environment, by=by, if_match=if_match, fields=fields, config=config or {})
    return flag


def update_config(
    flag: Flag, environment: Environment, *, by: User, if_match: str | None = None, **fields: Any
) -> FlagConfig:
    """Change what the flag does in this environment: whatever a FlagConfig has, its lists each as a whole."""
    return _edit(flag, environment, by=by, if_match=if_match, fields={}, config=fields)[environment]


def archive_flag(flag: Flag, *, by: User, if_match: str | None = None) -> Flag:
    """Take the flag out of use: it answers FLAG_NOT_FOUND everywhere until it is restored."""
    with change(by=by):
        _hold_everywhere(flag, by=by, if_match=if_match)
        if flag.archived_at is None:
            refuse_flag_in_use(flag, archived=False)
            flag.archived_at = timezone.now()
            flag.save()
    return flag


def restore_flag(flag: Flag, *, by: User, if_match: str | None = None) -> Flag:
    """Put an archived flag back into use, as it was."""
    with change(by=by):
        configs = _hold_everywhere(flag, by=by, if_match=if_match)
        if flag.archived_at is not None:
            refuse_archived_prerequisites(flag, configs.values())
            flag.archived_at = None
            flag.save()
    return flag


def delete_flag(flag: Flag, *, by: User, if_match: str | None = None) -> None:
    """Remove the flag and what it does everywhere; its history stays."""
    with change(by=by):
        policy.require(by, Action.DELETE_FLAGS, project=flag.project)
        hold(flag.project)
        _hold(flag)
        _refuse_outdated(flag, None, if_match)
        refuse_flag_in_use(flag, archived=True)
        delete_unless_needed(flag, FlagInUse)


def etag(flag: Flag, config: FlagConfig | None = None) -> str:
    """What If-Match is compared with: the versions of the flag and, where one is meant, of its config."""
    return f'"{flag.version}"' if config is None else f'"{flag.version}.{config.version}"'


def _edit(
    flag: Flag,
    environment: Environment | None,
    *,
    by: User,
    if_match: str | None,
    fields: Mapping[str, Any],
    config: Mapping[str, Any],
) -> Configs:
    with change(by=by):
        policy.require(by, Action.CHANGE, project=flag.project)
        _hold_references(flag.project, config)
        configs = _hold(flag)
        chosen = _chosen(configs, environment, config, by=by)
        _refuse_outdated(flag, chosen, if_match)
        _refuse_archived(flag)
        before = _answers(flag, configs)
        changed = [*redefine(flag, fields), *(configure(chosen, config) if chosen else [])]
        refuse_missing_variants(flag, configs.values())
        _refuse_unusable([chosen] if chosen else [], config)
        _require_right_to_answers(by, before, _answers(flag, configs))
        for row in changed:
            row.save()
    return configs


def _hold(flag: Flag) -> Configs:
    """Lock the flag, then its configs, and read them again; where an environment has none, one that is not saved."""
    try:
        flag.reload()
    except Flag.DoesNotExist:
        raise FlagNotFound(f"Flag {flag.key} was deleted in the meantime.") from None
    rows = flag.configs.select_for_update().order_by("pk")  # its own order would lock the environments as well
    standing = {config.environment_id: config for config in rows}
    return {environment: standing.get(environment.pk, config) for environment, config in _unsaved(flag).items()}


def _hold_everywhere(flag: Flag, *, by: User, if_match: str | None) -> Configs:
    """Lock the flag for somebody who may change every environment of its project."""
    policy.require(by, Action.CHANGE, project=flag.project)
    hold(flag.project)
    configs = _hold(flag)
    for environment in configs:
        policy.require_change(by, environment)
    _refuse_outdated(flag, None, if_match)
    return configs


def _hold_references(project: Project, given: Mapping[str, Any]) -> None:
    """Who changes what refers to what takes turns in the project: two edits that are good alone may close a circle."""
    if any(name in given for name in REFERRING):
        hold(project)


def _refuse_unusable(configs: Iterable[FlagConfig], given: Mapping[str, Any]) -> None:
    """Raises InvalidFlag where what was given cannot be evaluated, or refers to what is not there."""
    for config in configs if given else ():
        refuse_unanswerable(config.flag, config)
        if any(name in given for name in REFERRING):
            refuse_dangling(config)


def _chosen(
    configs: Configs, environment: Environment | None, given: Mapping[str, Any], *, by: User
) -> FlagConfig | None:
    """The config of the environment that was named, for somebody who may set there what is given."""
    if environment is None:
        if given:
            raise EnvironmentNeeded(f"{', '.join(given)}: set for one environment at a time.")
        return None
    if environment not in configs:
        raise EnvironmentNotFound(f"The flag's project has no environment {environment.key}. Name one that it has.")
    if given:
        policy.require_change(by, environment)
    return configs[environment]


def _unsaved(flag: Flag) -> Configs:
    return {e: FlagConfig.untouched(flag, e) for e in flag.project.environments.all()}


def _speaking(flag: Flag, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of this says more of a new flag than that it is off."""
    said = {name: value for name, value in clean_config(given).items() if value not in _HARMLESS[name]}
    if flag.flag_type != Flag.Type.PERCENTAGE and said.get("rollout_percentage") == 100:
        del said["rollout_percentage"]  # everybody, as every other type has it
    return said


def _insert(flag: Flag) -> None:
    try:
        with transaction.atomic():
            flag.save(force_insert=True)
    except IntegrityError:
        standing = Flag.objects.filter(project=flag.project, key=flag.key).first()
        if standing is None:
            raise
        advice = (
            f"It is archived: restore it with POST /flags/{flag.key}/restore, or choose another key."
            if standing.archived_at
            else f"Configure it elsewhere with PUT /flags/{flag.key}?environment_key=…, or choose another key."
        )
        raise FlagExists(f"Flag {flag.key} exists in project {flag.project.key}. {advice}") from None


def _answers(flag: Flag, configs: Configs) -> dict[Environment, bytes]:
    """What decides the flag's answers in each environment; while it is off, what it serves, and to whom."""
    found = {}
    for environment, config in configs.items():
        document = document_of(flag, config)
        if not document["enabled"]:
            served = document["off_variant"]
            off = [variant for variant in document["variants"] if variant["key"] == served]
            document = {"off": off, "client_visible": flag.is_client_visible}
        found[environment] = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return found


def _require_right_to_answers(
    by: User, before: Mapping[Environment, bytes], after: Mapping[Environment, bytes]
) -> None:
    """Who changes what an environment answers, by whichever field, needs the right to change that environment."""
    for environment, answer in after.items():
        if before[environment] != answer:
            policy.require_change(by, environment)


def _refuse_outdated(flag: Flag, config: FlagConfig | None, if_match: str | None) -> None:
    if is_outdated(if_match, etag(flag, config)):
        raise FlagOutdated(
            f"Flag {flag.key} was changed since you read it. Read it again, naming the same environment."
        )


def _refuse_archived(flag: Flag) -> None:
    if flag.archived_at is not None:
        raise FlagArchived(f"Flag {flag.key} is archived. Restore it with POST /flags/{flag.key}/restore to edit it.")
