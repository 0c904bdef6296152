"""Who may do what: the one table that every service asks, whichever door a request came by."""

from enum import StrEnum

from accounts.errors import Forbidden
from accounts.models import Environment, Membership, Project, Role, User


class Action(StrEnum):
    READ = "read"
    CHANGE = "change"
    CHANGE_PROTECTED = "change protected"
    DELETE_FLAGS = "delete flags"
    MANAGE_PROJECTS = "manage projects"
    MANAGE_ENVIRONMENTS = "manage environments"
    MANAGE_USERS = "manage users"


TABLE: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.DEVELOPER: frozenset({Action.READ, Action.CHANGE}),
    Role.ADMIN: frozenset(Action),
}

_REFUSALS = {
    Action.READ: "Sign in with an active account to read this.",
    Action.CHANGE: "Your role may read but not change this. Ask an admin for the developer role.",
    Action.CHANGE_PROTECTED: "This changes what a protected environment serves. Ask an admin to make the change.",
    Action.DELETE_FLAGS: "Only admins archive and delete flags. Ask an admin, or turn the flag off.",
    Action.MANAGE_PROJECTS: "Only admins create, change and delete projects. Ask an admin.",
    Action.MANAGE_ENVIRONMENTS: "Only admins create, change and delete environments. Ask an admin.",
    Action.MANAGE_USERS: "Only admins see and change users, members and roles. Ask an admin.",
}


def role_in(user: User, project: Project | None = None) -> Role:
    """The role that counts: the project's own where there is one. Who is admin everywhere is admin here."""
    if project is None or user.role == Role.ADMIN:
        return Role(user.role)
    own = Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()
    return Role(own or user.role)


def may(user: User, action: Action, *, project: Project | None = None) -> bool:
    """Whether the user may do this in the project, or everywhere when none is named."""
    return user.is_active and action in TABLE[role_in(user, project)]


def may_somewhere(user: User, action: Action) -> bool:
    """Whether the user may do this everywhere or in at least one project."""
    if may(user, action):
        return True
    roles = Membership.objects.filter(user=user).values_list("role", flat=True)
    return user.is_active and any(action in TABLE[Role(role)] for role in roles)


def may_change(user: User, environment: Environment) -> bool:
    """Whether the user may change what this environment evaluates."""
    return may(user, changing(environment), project=environment.project)


def changing(environment: Environment) -> Action:
    """What changing this environment takes."""
    return Action.CHANGE_PROTECTED if environment.is_protected else Action.CHANGE


def require(user: User, action: Action, *, project: Project | None = None) -> None:
    if not may(user, action, project=project):
        raise Forbidden(_REFUSALS[action])


def require_change(user: User, environment: Environment) -> None:
    require(user, changing(environment), project=environment.project)
