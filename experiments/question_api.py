"""The REST doors of who gets which variant: the allocations, what others would change, and why it is what it is."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.named_places import asked_of
from accounts.preconditions import IF_MATCH
from experiments.allocations import preview_allocations, replace_allocations
from experiments.explaining import explain_experiment
from experiments.holding import etag
from experiments.places import experiment_in
from experiments.question_serializers import (
    AllocationEffectSerializer,
    AllocationsInput,
    AllocationsSerializer,
    ExperimentExplainInput,
    ExplanationSerializer,
    PreviewQuery,
)
from experiments.serializers import allocations_in_json
from flags.question_api import context_in
from flags.serializers import PlaceQuery


class AllocationsView(APIView):
    """Which of an experiment's 10,000 buckets have which variant."""

    @extend_schema(parameters=[PlaceQuery], responses=AllocationsSerializer)
    def get(self, request: Request, key: str) -> Response:
        experiment = experiment_in(request, key)
        return Response({"allocations": allocations_in_json(experiment)}, headers={"ETag": etag(experiment)})

    @extend_schema(request=AllocationsInput, parameters=[PreviewQuery, IF_MATCH], responses=AllocationEffectSerializer)
    def put(self, request: Request, key: str) -> Response:
        """Replace all of them. With `preview` nothing is saved."""
        given = AllocationsInput.read(request)
        query = PreviewQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        is_preview = bool(query.validated_data.get("preview") or given.get("preview"))
        experiment, by, if_match = experiment_in(request, key), caller(request), request.headers.get("If-Match")
        if is_preview:
            effect = preview_allocations(experiment, given["allocations"])
        else:
            effect = replace_allocations(experiment, given["allocations"], by=by, if_match=if_match)
        told = AllocationEffectSerializer({**effect, "preview": is_preview})
        return Response(told.data, headers={"ETag": etag(experiment)})


class ExperimentExplainView(APIView):
    """Why somebody is in which variant, or in none; nothing is counted or changed."""

    @extend_schema(request=ExperimentExplainInput, parameters=[PlaceQuery], responses=ExplanationSerializer)
    def post(self, request: Request, key: str) -> Response:
        """An experiment that does not run is explained as if it ran."""
        given = ExperimentExplainInput.read(request)
        experiment = experiment_in(request, key, given)
        return Response(explain_experiment(experiment, context_in(given, named="user_key")))
