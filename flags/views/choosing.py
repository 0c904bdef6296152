"""Which environment a page is about."""

from collections.abc import Sequence

from django.http import HttpRequest

from accounts.models import Environment, Project
from accounts.queries import find_environment


def chosen(request: HttpRequest, project: Project, environments: Sequence[Environment]) -> Environment | None:
    """The environment that the address names, else the first, if any. Raises EnvironmentNotFound."""
    named = request.GET.get("environment")
    return find_environment(project, named) if named else next(iter(environments), None)
