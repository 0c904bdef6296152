"""Every write of places: projects, and the environments in them."""

from typing import Any

from django.utils.text import slugify

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, insert, keep
from accounts.errors import Conflict, Invalid
from accounts.models import Environment, Project, User
from accounts.policy import Action
from accounts.queries import DEFAULT_PROJECT

FIRST_ENVIRONMENTS = ("development", "staging", "production")  # of every project; production is protected


class ProjectExists(Conflict):
    """Another project has this key."""

    code = "project_exists"


class EnvironmentExists(Conflict):
    """The project has an environment of this key."""

    code = "environment_exists"


class DefaultProject(Conflict):
    """The project that is meant where none is named stays."""

    code = "default_project"


def create_project(*, by: User, key: str = "", name: str = "") -> Project:
    """A new project with its first environments; the key comes from the name where none is given."""
    with change(by=by):
        policy.require(by, Action.MANAGE_PROJECTS)
        project = Project(key=key or _key_from(name), name=name or key)
        insert(project, taken=ProjectExists(f"There is a project {project.key}. Choose another key."))
        for position, first in enumerate(FIRST_ENVIRONMENTS):
            Environment.objects.create(
                project=project,
                key=first,
                name=first.title(),
                position=position,
                is_protected=first == "production",
            )
    return project


def update_project(project: Project, *, by: User, **fields: Any) -> Project:
    """Change `name`. Raises Invalid."""
    with change(by=by):
        policy.require(by, Action.MANAGE_PROJECTS, project=project)
        hold(project)
        return edit(project, **keep(project, fields, "key"))


def delete_project(project: Project, *, by: User) -> None:
    """Remove the project with everything in it; its history stays. Raises DefaultProject."""
    with change(by=by):
        policy.require(by, Action.MANAGE_PROJECTS)
        if project.key == DEFAULT_PROJECT:
            raise DefaultProject(f"The project {DEFAULT_PROJECT} stays. Delete what is in it instead.")
        hold(project)
        project.delete()


def create_environment(project: Project, *, by: User, name: str = "", key: str = "", **fields: Any) -> Environment:
    """A new environment; its key comes from the name where none is given. Raises EnvironmentExists, Invalid."""
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=project)
        hold(project)
        environment = Environment(project=project, key=key or _key_from(name), name=name or key, **fields)
        taken = f"Project {project.key} has an environment {environment.key}. Choose another key."
        return insert(environment, taken=EnvironmentExists(taken))


def update_environment(environment: Environment, *, by: User, **fields: Any) -> Environment:
    """Change `name`, `description`, `position`, `is_protected`, `allows_keyless`. Raises Invalid."""
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=environment.project)
        hold(environment)
        return edit(environment, **keep(environment, fields, "key", "project"))


def delete_environment(environment: Environment, *, by: User) -> None:
    """Remove the environment and what flags do in it; its history stays."""
    with change(by=by):
        policy.require(by, Action.MANAGE_ENVIRONMENTS, project=environment.project)
        hold(environment)
        environment.delete()


def _key_from(name: str) -> str:
    key = slugify(name)
    if not key:
        sentence = "Give a key." if name else "Give a name or a key."
        raise Invalid("Some of the input is not valid; see fields.", fields={"key" if name else "name": [sentence]})
    return key
