"""Who would miss a flag or an audience: what others refer to is not taken away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.errors import Conflict
from accounts.models import Environment
from flags.models import Audience, Flag, FlagConfig
from flags.references import audiences_in, flags_in

_MOST_NAMED = 10


class FlagInUse(Conflict):
    """Other flags have this one as a prerequisite."""

    code = "flag_in_use"


class AudienceInUse(Conflict):
    """The rules of flags or of other audiences ask for this one."""

    code = "audience_in_use"


class PrerequisiteArchived(Conflict):
    """What the flag depends on is archived."""

    code = "prerequisite_archived"


@dataclass(frozen=True, slots=True)
class Uses:
    """The flags, archived ones included, and the audiences whose rules ask for an audience."""

    flags: list[Flag]
    audiences: list[Audience]


def refuse_flag_in_use(flag: Flag, *, archived: bool) -> None:
    """Raises FlagInUse while another flag has this one as a prerequisite; `archived` counts archived ones as well."""
    configs = FlagConfig.objects.filter(flag__project=flag.project).exclude(prerequisites=[]).exclude(flag=flag)
    if not archived:
        configs = configs.filter(flag__archived_at=None)
    users = [
        f"{config.flag.key} in {config.environment.key}"
        for config in configs.select_related("flag", "environment").order_by("flag__key", "environment__position")
        if flag.key in flags_in(config.prerequisites)
    ]
    if users:
        raise FlagInUse(f"Flag {flag.key} is a prerequisite of {_named(users)}. Take it out there first.")


def refuse_audience_in_use(audience: Audience) -> None:
    """Raises AudienceInUse while a flag, archived ones included, or another audience asks for it."""
    uses = uses_of_audiences(audience.environment).get(audience.key, Uses([], []))
    users = [*(f"flag {flag.key}" for flag in uses.flags), *(f"audience {other.key}" for other in uses.audiences)]
    if users:
        raise AudienceInUse(
            f"Audience {audience.key} is used by {_named(users)} in {audience.environment.key}. "
            "Take it out there first."
        )


def uses_of_audiences(environment: Environment) -> Mapping[str, Uses]:
    """Who asks for each audience of this environment by its key; two queries, however many there are."""
    found: dict[str, Uses] = {}
    configs = FlagConfig.objects.filter(environment=environment).exclude(rules=[]).select_related("flag__project")
    for config in configs.order_by("flag__key"):
        for key in audiences_in(config.rules):
            found.setdefault(key, Uses([], [])).flags.append(config.flag)
    others = Audience.objects.filter(environment=environment).exclude(rules=[]).select_related("environment__project")
    for other in others.order_by("key"):
        for key in audiences_in(other.rules) - {other.key}:
            found.setdefault(key, Uses([], [])).audiences.append(other)
    return found


def refuse_archived_prerequisites(flag: Flag, configs: Iterable[FlagConfig]) -> None:
    """Raises PrerequisiteArchived where the flag would depend on one that answers nothing."""
    needed = {key for config in configs for key in flags_in(config.prerequisites)}
    archived = Flag.objects.filter(project=flag.project, key__in=needed).exclude(archived_at=None)
    if keys := sorted(archived.values_list("key", flat=True)):
        raise PrerequisiteArchived(f"Flag {flag.key} depends on {_named(keys)}, archived as well. Restore that first.")


def _named(users: list[str]) -> str:
    more = len(users) - _MOST_NAMED
    return ", ".join(users[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
