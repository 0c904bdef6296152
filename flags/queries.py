"""Which flags and audiences there are, and what flags are set to in each environment."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, StrIndex

from accounts.errors import Invalid, NotFound
from accounts.models import Environment, Project, User
from accounts.queries import ids_in
from flags.cleaners import Wrong, text
from flags.models import Audience, Flag, FlagConfig
from flags.validation import InvalidFlag

SORTS = ("key", "-key", "created_at", "-created_at", "updated_at", "-updated_at")


class FlagNotFound(NotFound):
    """The project has no flag of this key or id."""

    code = "flag_not_found"


class AudienceNotFound(NotFound):
    """The environment has no audience of this key, or the project none of this id."""

    code = "audience_not_found"


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


def find_audience(project: Project, key_or_id: str, *, environment: Environment | None) -> Audience:
    """An audience by key in the environment that is named, else by id. Raises AudienceNotFound, EnvironmentNeeded."""
    audiences = list_audiences(project, environment=environment)
    found = audiences.filter(key=key_or_id).first() if environment else None
    found = found or audiences.filter(id__in=ids_in(key_or_id)).first()
    if found is not None:
        return found
    if environment is None and not ids_in(key_or_id):
        raise EnvironmentNeeded("The key of an audience is unique in its environment alone.")
    where = environment.key if environment else f"project {project.key}"
    raise AudienceNotFound(f"There is no audience {key_or_id} in {where}. List the audiences to see their keys.")


def list_audiences(project: Project, *, environment: Environment | None = None, search: str = "") -> QuerySet[Audience]:
    """The audiences of one environment, or of all of them in the project, whose texts contain the one that is given."""
    audiences = Audience.objects.select_related("environment__project").filter(environment__project=project)
    if environment is not None:
        audiences = audiences.filter(environment=environment)
    if search:
        texts = Q(key__icontains=search) | Q(name__icontains=search) | Q(description__icontains=search)
        audiences = audiences.filter(texts)
    return audiences.order_by("environment__position", "environment__key", "key")


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
