"""The REST door of imports: parse, call one service, answer."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.errors import Invalid
from accounts.models import Environment, Project
from accounts.named_places import place_of
from accounts.queries import find_environment
from flags.importing.applying import import_unleash
from flags.importing_serializers import ImportSerializer, UnleashInput


class UnleashImportView(APIView):
    """Flags and audiences out of a document of Unleash, for somebody who may change each environment it goes into."""

    @extend_schema(request=UnleashInput, responses=ImportSerializer)
    def post(self, request: Request) -> Response:
        given = UnleashInput.read(request)
        project, _ = place_of({"project": given.get("project")}, by=caller(request))
        report = import_unleash(
            project,
            given["document"],
            by=caller(request),
            environments=_environments(project, given["environment_key"]),
            dry_run=given.get("dry_run", False),
        )
        return Response(asdict(report))


def _environments(project: Project, named: object) -> list[Environment]:
    """The environments of one key or a list of them. Raises Invalid, EnvironmentNotFound."""
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        told = "Give the key of an environment, or a list of keys."
        raise Invalid("Some of the input is not valid; see fields.", fields={"environment_key": [told]})
    return list(dict.fromkeys(find_environment(project, name) for name in names))
