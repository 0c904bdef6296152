"""Which projects, environments, people and members there are, and who is meant by a name from outside."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts import policy
from accounts.errors import NotFound
from accounts.models import ApiKey, Environment, Membership, Project, User
from accounts.policy import Action

DEFAULT_PROJECT = "default"


class ProjectNotFound(NotFound):
    """No project has this key or id."""

    code = "project_not_found"


class EnvironmentNotFound(NotFound):
    """The project has no environment of this key, id or name."""

    code = "environment_not_found"


class UserNotFound(NotFound):
    """Nobody has this id or e-mail."""

    code = "user_not_found"


class KeyNotFound(NotFound):
    """No API key has this id."""

    code = "key_not_found"


class MemberNotFound(NotFound):
    """The user has no role of their own in this project."""

    code = "member_not_found"


def find_project(key_or_id: str | None) -> Project:
    """The project of this key or else of this id; `default` where none is named. Raises ProjectNotFound."""
    named = key_or_id or DEFAULT_PROJECT
    found: Project | None = (
        Project.objects.filter(key=named).first() or Project.objects.filter(id__in=ids_in(named)).first()
    )
    if found is None:
        raise ProjectNotFound(f"There is no project {named}. List the projects to see their keys.")
    return found


def find_environment(project: Project, name: str) -> Environment:
    """The project's environment of this key, else of this id, else the only one of this name in any case.

    Raises EnvironmentNotFound.
    """
    for environments in _meant(project.environments.select_related("project"), name):
        found = list(environments[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise EnvironmentNotFound(f"Several environments of {project.key} are called {name}. Give the key of one.")
    raise EnvironmentNotFound(
        f"There is no environment {name} in project {project.key}. List the environments to see their keys."
    )


def locate_environment(name: str, *, project: str | None) -> Environment:
    """As `find_environment`; where no project is named, an id is good for any project."""
    anywhere = Environment.objects.select_related("project").filter(id__in=ids_in(name))
    found: Environment | None = None if project else anywhere.first()
    return found or find_environment(find_project(project), name)


def list_environments(project: Project) -> QuerySet[Environment]:
    environments: QuerySet[Environment] = project.environments.select_related("project")
    return environments


def list_keys(project: Project, *, by: User, environment: Environment | None = None) -> QuerySet[ApiKey]:
    """The API keys of one environment, or of all of the project, for those who manage them; the newest ones first."""
    policy.require(by, Action.MANAGE_ENVIRONMENTS, project=project)
    keys = ApiKey.objects.select_related("environment__project").filter(environment__project=project)
    if environment is not None:
        keys = keys.filter(environment=environment)
    return keys.order_by("-created_at", "pk")


def find_key(key_id: str, *, by: User) -> ApiKey:
    """An API key by its id, for those who manage it. Raises KeyNotFound."""
    keys = ApiKey.objects.select_related("environment__project")
    found: ApiKey | None = keys.filter(id__in=ids_in(key_id)).first()
    if found is None:
        policy.require(by, Action.READ)
        raise KeyNotFound(f"There is no API key {key_id}. List the keys to see their ids.")
    policy.require(by, Action.MANAGE_ENVIRONMENTS, project=found.environment.project)
    return found


def usable_keys(now: datetime) -> QuerySet[ApiKey]:
    """The API keys of all environments that are neither revoked nor expired."""
    return ApiKey.objects.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


def list_projects() -> QuerySet[Project]:
    return Project.objects.all()


def find_user(id_or_email: str, *, by: User) -> User:
    """Somebody by id or e-mail, for those who manage users. Raises UserNotFound."""
    policy.require(by, Action.MANAGE_USERS)
    return _user(id_or_email)


def list_users(*, by: User, search: str = "") -> QuerySet[User]:
    """Everybody whose e-mail or name contains the text, for those who manage users."""
    policy.require(by, Action.MANAGE_USERS)
    users: QuerySet[User] = User.objects.filter(Q(email__icontains=search) | Q(name__icontains=search))
    return users


def find_person(project: Project, id_or_email: str, *, by: User) -> User:
    """Somebody to make a member, for those who manage the project's members. Raises UserNotFound."""
    policy.require(by, Action.MANAGE_USERS, project=project)
    return _user(id_or_email)


def list_members(project: Project, *, by: User) -> QuerySet[Membership]:
    """Who has a role of their own in this project, by e-mail; for those who manage the project's members."""
    policy.require(by, Action.MANAGE_USERS, project=project)
    members: QuerySet[Membership] = project.memberships.select_related("user", "project").order_by("user__email")
    return members


def find_member(project: Project, id_or_email: str, *, by: User) -> Membership:
    """A member by the user's id or e-mail. Raises MemberNotFound."""
    named = Q(user__email=id_or_email.strip().lower()) | Q(user_id__in=ids_in(id_or_email))
    found = list_members(project, by=by).filter(named).first()
    if found is None:
        raise MemberNotFound(f"{id_or_email} has no role of their own in project {project.key}.")
    return found


def ids_in(text: str) -> list[UUID]:
    """The id that the text is; nothing when it is none."""
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _meant(environments: QuerySet[Environment], name: str) -> list[QuerySet[Environment]]:
    keys = (
        environments.filter(key=name),
        environments.filter(id__in=ids_in(name)),
        environments.filter(name__iexact=name),
    )
    return list(keys)


def _user(id_or_email: str) -> User:
    named = Q(email=id_or_email.strip().lower()) | Q(id__in=ids_in(id_or_email))
    found: User | None = User.objects.filter(named).first()
    if found is None:
        raise UserNotFound(f"Nobody is known as {id_or_email}. Give the id or e-mail of a user.")
    return found
