"""The REST doors of what is published: revisions, what each of them served and changed, and publishing on demand."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import policy
from accounts.authentication import caller
from accounts.models import Environment
from accounts.policy import Action
from accounts.queries import locate_environment
from evaluation.history import compare, find_revision, list_revisions, newest_revision, number_in, with_changes
from evaluation.models import Publication
from evaluation.publishing import publish_environment
from evaluation.serializers import DiffSerializer, PublishInput, RevisionSerializer, SnapshotSerializer
from evaluation.served import served_at
from experiments.places import experiment_in
from flags.serializers import PlaceQuery

_PROJECT = OpenApiParameter("project", str, description="Key or id; `default` where none is named.")
_TO = OpenApiParameter("to", str, description="The revision to compare with; the one before where none is named.")


class RevisionsView(GenericAPIView[Publication]):
    """The revisions of an environment, newest first."""

    queryset = Publication.objects.none()
    serializer_class = RevisionSerializer

    @extend_schema(parameters=[_PROJECT], responses=RevisionSerializer(many=True))
    def get(self, request: Request, environment: str) -> Response:
        found = _located(request, environment)
        page = self.paginate_queryset(list_revisions(found)) or []
        return self.get_paginated_response(RevisionSerializer(with_changes(found, page), many=True).data)


class RevisionView(APIView):
    """What an environment served at a revision."""

    @extend_schema(parameters=[_PROJECT], responses=SnapshotSerializer)
    def get(self, request: Request, environment: str, number: str) -> Response:
        """Exactly what was served; revision 0 is that before the first, when there was nothing."""
        found = _located(request, environment)
        return _snapshot(found, number_in(found, number))


class RevisionDiffView(APIView):
    """What changed between two revisions of an environment."""

    @extend_schema(parameters=[_PROJECT, _TO], responses=DiffSerializer)
    def get(self, request: Request, environment: str, number: str) -> Response:
        """Told from the older of the two to the newer, whichever of them is named first."""
        found = _located(request, environment)
        one = number_in(found, number)
        other = number_in(found, request.query_params.get("to") or str(max(one - 1, 0)))
        older, newer = sorted((one, other))
        told = {
            "older": find_revision(found, older),
            "newer": find_revision(found, newer),
            "changes": compare(found, older, newer),
        }
        return Response(DiffSerializer(told).data)


class PublishView(APIView):
    """Publish what is stored, where that is not what is served."""

    @extend_schema(request=PublishInput, parameters=[PlaceQuery], responses=SnapshotSerializer)
    def post(self, request: Request, key: str) -> Response:
        """All of the experiment's environment. Changes publish themselves, so mostly there is nothing to do."""
        environment = experiment_in(request, key, PublishInput.read(request)).environment
        publish_environment(environment, by=caller(request))
        return _snapshot(environment, newest_revision(environment))


def _located(request: Request, name: str) -> Environment:
    """The environment, for somebody who may read it."""
    found = locate_environment(name, project=request.query_params.get("project"))
    policy.require(caller(request), Action.READ, project=found.project)
    return found


def _snapshot(environment: Environment, number: int) -> Response:
    return Response(SnapshotSerializer(served_at(environment, number)).data)
