"""Which project and environment a request is about: named in its address, in its body, or not at all."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rest_framework.request import Request

from accounts import policy
from accounts.errors import Invalid
from accounts.models import Environment, Project, User
from accounts.policy import Action
from accounts.queries import find_environment, find_project
from accounts.strict_input import snake_case

T = TypeVar("T")


class AmbiguousPlace(Invalid):
    """The request names two places where it can be about one only."""

    code = "ambiguous_place"


def asked_of(request: Request) -> dict[str, str]:
    """The query of the address, in snake_case."""
    return {snake_case(name): value for name, value in request.query_params.dict().items()}


def place_of(*sources: Mapping[str, Any], by: User) -> tuple[Project, Environment | None]:
    """The project (`default` where none is named) and the environment that these name, for somebody who may read it."""
    project = _one("project", find_project, _named(sources, "project")) or find_project(None)
    policy.require(by, Action.READ, project=project)
    names = _named(sources, "environment_id") + _named(sources, "environment_key")
    return project, _one("environment", lambda name: find_environment(project, name), names)


def _named(sources: tuple[Mapping[str, Any], ...], name: str) -> list[str]:
    return [source[name] for source in sources if source.get(name)]


def _one(what: str, find: Callable[[str], T], names: list[str]) -> T | None:
    found = [find(name) for name in names]
    if any(other != found[0] for other in found[1:]):
        raise AmbiguousPlace(f"The request names more than one {what}: {', '.join(names)}. Name one.")
    return found[0] if found else None
