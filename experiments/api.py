"""The REST doors of experiments: parse, call one service or query, answer."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.named_places import asked_of
from accounts.preconditions import IF_MATCH
from experiments import services
from experiments.drafting import create_draft
from experiments.holding import etag
from experiments.life_cycle import conclude, move
from experiments.models import Experiment
from experiments.places import environment_in, experiment_in, place_in
from experiments.queries import list_experiments
from experiments.serializers import (
    ConcludeInput,
    ExperimentChange,
    ExperimentInput,
    ExperimentQuery,
    ExperimentSerializer,
    StatusInput,
    fields_of,
)
from flags.requests import unchanged
from flags.serializers import PlaceQuery

_FILTERS = ("status", "search", "flag", "layer", "sort")
_PARTS = ("variants", "allocations")


class ExperimentsView(GenericAPIView[Experiment]):
    """The experiments of an environment, or of all environments of a project."""

    queryset = Experiment.objects.none()
    serializer_class = ExperimentSerializer

    @extend_schema(parameters=[ExperimentQuery], responses=ExperimentSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = ExperimentQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        project, environment = place_in(request)
        filters = {name: asked[name] for name in _FILTERS if name in asked}
        page = self.paginate_queryset(list_experiments(project, environment=environment, **filters)) or []
        return self.get_paginated_response([shown(experiment) for experiment in page])

    @extend_schema(request=ExperimentInput, parameters=[PlaceQuery], responses={201: ExperimentSerializer})
    def post(self, request: Request) -> Response:
        """A draft, with its variants and allocations where they are given: all of it or nothing."""
        given = ExperimentInput.read(request)
        environment = environment_in(request, given, why="An experiment belongs to one environment.")
        parts = {name: given[name] for name in _PARTS if name in given}
        experiment = create_draft(environment, by=caller(request), **parts, **fields_of(given))
        answer = answer_with(experiment, status=201)
        answer["Location"] = reverse("api-experiment", args=[str(experiment.pk)])
        return answer


class ExperimentView(APIView):
    """One experiment, found by key in the environment that is named, or by id."""

    @extend_schema(parameters=[PlaceQuery], responses=ExperimentSerializer)
    def get(self, request: Request, key: str) -> Response:
        return answer_with(experiment_in(request, key))

    @extend_schema(request=ExperimentChange, parameters=[PlaceQuery, IF_MATCH], responses=ExperimentSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=ExperimentChange, parameters=[PlaceQuery, IF_MATCH], responses=ExperimentSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        experiment = experiment_in(request, key)
        services.delete_experiment(experiment, by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = ExperimentChange.read(request)
        experiment = experiment_in(request, key, given)
        standing = shown(experiment)
        read = etag(experiment) if unchanged(given, standing, ExperimentChange.echoes) else None
        if_match = request.headers.get("If-Match", read)
        fields = fields_of(given, standing)
        return answer_with(services.update_experiment(experiment, by=caller(request), if_match=if_match, **fields))


class ExperimentStatusView(APIView):
    """Where an experiment is in its life."""

    @extend_schema(request=StatusInput, parameters=[PlaceQuery, IF_MATCH], responses=ExperimentSerializer)
    def patch(self, request: Request, key: str) -> Response:
        """Start, pause, resume or archive it: DRAFT, RUNNING, PAUSED, ARCHIVED. What cannot be is 422 and says why."""
        given = StatusInput.read(request)
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        return answer_with(move(experiment, given["status"], by=caller(request), if_match=if_match))


class ExperimentConcludeView(APIView):
    """The end of an experiment that has a winner."""

    @extend_schema(request=ConcludeInput, parameters=[PlaceQuery, IF_MATCH], responses=ExperimentSerializer)
    def post(self, request: Request, key: str) -> Response:
        """The winner becomes the default of the experiment's flag here, and the experiment is archived."""
        given = ConcludeInput.read(request)
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        return answer_with(conclude(experiment, given["variant"], by=caller(request), if_match=if_match))


def shown(experiment: Experiment) -> Mapping[str, Any]:
    return ExperimentSerializer(experiment).data


def answer_with(experiment: Experiment, *, status: int = 200) -> Response:
    return Response(shown(experiment), status=status, headers={"ETag": etag(experiment)})
