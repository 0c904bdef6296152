"""How environments are listed, made, changed and deleted."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import places
from accounts.authentication import caller
from accounts.models import Environment
from accounts.queries import find_project, list_environments, locate_environment
from accounts.serializers import EnvironmentBody

_PROJECT = OpenApiParameter("project", str, description="Key or id; `default` where none is named.")
_described = extend_schema(
    tags=["environments"], parameters=[_PROJECT], request=EnvironmentBody, responses=EnvironmentBody
)


class Environments(ListAPIView[Environment]):
    serializer_class = EnvironmentBody

    @extend_schema(tags=["environments"], summary="List the environments of a project", parameters=[_PROJECT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    @extend_schema(tags=["environments"], summary="Create an environment", responses={201: EnvironmentBody})
    def post(self, request: Request) -> Response:
        given = EnvironmentBody.read(request)
        project = find_project(given.pop("project", None) or _named(request))
        made = places.create_environment(project, by=caller(request), **given)
        return Response(EnvironmentBody(made).data, status=201)

    def get_queryset(self) -> QuerySet[Environment]:
        return list_environments(find_project(_named(self.request)))


class OneEnvironment(APIView):
    @_described
    def get(self, request: Request, environment: str) -> Response:
        """Found by key, id or name."""
        return Response(EnvironmentBody(_located(request, environment)).data)

    @_described
    def put(self, request: Request, environment: str) -> Response:
        """Changes what is given and nothing else."""
        given = EnvironmentBody.read(request)
        if "project" in given:
            given["project"] = find_project(given["project"])
        changed = places.update_environment(_located(request, environment), by=caller(request), **given)
        return Response(EnvironmentBody(changed).data)

    @_described
    def patch(self, request: Request, environment: str) -> Response:
        """Changes what is given and nothing else."""
        return self.put(request, environment)

    @extend_schema(tags=["environments"], parameters=[_PROJECT], responses={204: None})
    def delete(self, request: Request, environment: str) -> Response:
        """Removes the environment and what flags do in it."""
        places.delete_environment(_located(request, environment), by=caller(request))
        return Response(status=204)


def _located(request: Request, name: str) -> Environment:
    return locate_environment(name, project=_named(request))


def _named(request: Request) -> str | None:
    return request.query_params.get("project")
