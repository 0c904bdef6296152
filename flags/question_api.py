"""The REST doors of questions about a flag: what would a change move, and why is the answer what it is?"""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.errors import Invalid
from accounts.named_places import asked_of, place_of
from accounts.queries import find_environment
from flagkit.engine import Context
from flags.explaining import explain_flag
from flags.previewing import preview
from flags.queries import EnvironmentNeeded, find_flag, settings_of
from flags.question_serializers import ExplainInput, PreviewSerializer, TraceSerializer
from flags.requests import config_of
from flags.serializers import ConfigChange, PlaceQuery


class PreviewView(APIView):
    """What a config would change, without saving it."""

    @extend_schema(request=ConfigChange, parameters=[PlaceQuery], responses=PreviewSerializer)
    def post(self, request: Request, key: str, name: str) -> Response:
        given = ConfigChange.read(request)
        project, _ = place_of({"project": asked_of(request).get("project")}, by=caller(request))
        flag, environment = find_flag(project, key), find_environment(project, name)
        return Response(preview(settings_of([flag], [environment])[flag.pk][environment.key], config_of(given)))


class ExplainView(APIView):
    """Why a flag answers what it answers to somebody; nothing is counted or changed."""

    @extend_schema(request=ExplainInput, parameters=[PlaceQuery], responses=TraceSerializer)
    def post(self, request: Request, key: str) -> Response:
        given = ExplainInput.read(request)
        project, environment = place_of(asked_of(request), given, by=caller(request))
        flag = find_flag(project, key)
        if environment is None:
            raise EnvironmentNeeded("A flag is evaluated in an environment.")
        wanted = {"why_not": given.get("why_not", False), "variant": given.get("variant")}
        return Response(explain_flag(flag, environment, context_in(given), **wanted))


def context_in(given: Mapping[str, Any], *, named: str = "user_id") -> Context:
    """The subject, as `/evaluate` reads it, by its id in the field of this name. Raises Invalid."""
    user: Any = given.get(named)
    attributes: Any = given.get("context")
    if isinstance(user, int) and not isinstance(user, bool):
        user = str(user)
    problems = {}
    if not isinstance(user, str | None):
        problems[named] = ["Give a text."]
    if not isinstance(attributes, dict | None):
        problems["context"] = ["Give an object of attributes."]
    if problems:
        raise Invalid("Some of the input is not valid; see fields.", fields=problems)
    return Context(user or None, attributes or {}, timezone.now())
