"""Which flags there are, and what they are set to in each environment."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, StrIndex

from accounts.errors import Invalid, NotFound
from accounts.models import Environment, Project, User
from accounts.queries import ids_in
from flags.cleaners import Wrong, text
from flags.models import Flag, FlagConfig
from flags.validation import InvalidFlag

SORTS = ("key", "-key", "created_at", "-created_at", "updated_at", "-updated_at")


class FlagNotFound(NotFound):
    """The project has no flag of this key or id."""

    code = "flag_not_found"


class EnvironmentNeeded(Invalid):
    """The request is about one environment and does not say which."""

    code = "environment_needed"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Name the environment: environment_key or environment_id.")
        self.fields = {"environment_key": ["Name the environment that is meant."]}


def find_flag(project: Project, key_or_id: str) -> Flag:
    """A flag of the project by key or else by id, archived ones too. Raises FlagNotFound."""
    flags = Flag.objects.select_related("project", "owner").filter(project=project)
    found: Flag | None = flags.filter(key=key_or_id).first() or flags.filter(id__in=ids_in(key_or_id)).first()
    if found is None:
        raise FlagNotFound(f"There is no flag {key_or_id} in project {project.key}. List the flags to see their keys.")
    return found


def list_flags(
    project: Project,
    *,
    search: str = "",
    flag_type: str = "",
    tag: str = "",
    archived: bool = False,
    environment: Environment | None = None,
    enabled: bool | None = None,
    sort: str = "key",
) -> QuerySet[Flag]:
    """The flags that are in use, or the archived ones; `enabled` asks about the environment that is named."""
    flags: QuerySet[Flag] = Flag.objects.select_related("project", "owner").filter(project=project)
    flags = flags.filter(archived_at__isnull=not archived)
    if search:
        flags = flags.filter(Q(key__icontains=search) | Q(name__icontains=search) | Q(description__icontains=search))
    if flag_type:
        flags = flags.filter(flag_type=flag_type)
    if tag:
        flags = _tagged(flags, tag)
    if enabled is not None:
        flags = _switched(flags, environment, enabled)
    return flags.order_by(sort, "key")


def settings_of(flags: Iterable[Flag], environments: Iterable[Environment]) -> Mapping[UUID, Mapping[str, FlagConfig]]:
    """What each flag is set to by environment key; where nothing was ever set, a config that is not in the database."""
    flags, environments = list(flags), list(environments)
    rows = FlagConfig.objects.filter(flag__in=flags, environment__in=environments)
    found = {(row.flag_id, row.environment_id): row for row in rows}
    return {
        flag.pk: {
            environment.key: _placed(found.get((flag.pk, environment.pk)), flag, environment)
            for environment in environments
        }
        for flag in flags
    }


def find_owner(named: User | str | None, *, standing: User | None = None) -> User | None:
    """The user meant as a flag's owner, by id or e-mail; who owns it already may have left. Raises InvalidFlag."""
    if named is None or isinstance(named, User):
        return named
    try:
        name = text(254)(named).strip()
    except Wrong as wrong:
        raise InvalidFlag({"owner": [wrong.sentence]}) from wrong
    if not name or (standing and name.lower() in (standing.email, str(standing.pk))):
        return standing if name else None
    found: User | None = User.objects.filter(Q(email=name.lower()) | Q(id__in=ids_in(name)), is_active=True).first()
    if found is None:
        raise InvalidFlag({"owner": [f"Nobody active is known as {name}. Give the e-mail or id of a user."]})
    return found


def _placed(config: FlagConfig | None, flag: Flag, environment: Environment) -> FlagConfig:
    if config is None:
        return FlagConfig.untouched(flag, environment)
    config.flag, config.environment = flag, environment
    return config


def _tagged(flags: QuerySet[Flag], tag: str) -> QuerySet[Flag]:
    """By the tag as JSON text, which both databases search alike: tags hold nothing that JSON would escape."""
    return flags.annotate(at=StrIndex(Cast("tags", TextField()), Value(f'"{tag}"'))).filter(at__gt=0)


def _switched(flags: QuerySet[Flag], environment: Environment | None, enabled: bool) -> QuerySet[Flag]:
    if environment is None:
        raise EnvironmentNeeded("A flag is on or off in an environment.")
    on = Exists(FlagConfig.objects.filter(flag=OuterRef("pk"), environment=environment, is_enabled=True))
    return flags.filter(on if enabled else ~on)
