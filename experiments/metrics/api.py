"""The REST doors of metrics: parse, call one service or query, answer."""

from collections.abc import Callable
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
from experiments.holding import etag
from experiments.metrics import services
from experiments.metrics.planning import sample_size
from experiments.metrics.queries import list_metrics
from experiments.metrics.serializers import (
    MetricChange,
    MetricInput,
    MetricQuery,
    MetricSerializer,
    SampleSizeInput,
    SampleSizeSerializer,
    named_in,
)
from experiments.models import Metric
from experiments.places import metric_in, place_in
from flags.requests import unchanged
from flags.serializers import PlaceQuery

_FILTERS = ("search", "kind", "archived", "sort")


class MetricsView(GenericAPIView[Metric]):
    """The metrics of a project, for its experiments in every environment."""

    queryset = Metric.objects.none()
    serializer_class = MetricSerializer

    @extend_schema(parameters=[MetricQuery], responses=MetricSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = MetricQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        project, _ = place_in(request)
        page = self.paginate_queryset(list_metrics(project, **named_in(query.validated_data, _FILTERS))) or []
        return self.get_paginated_response(MetricSerializer(page, many=True).data)

    @extend_schema(request=MetricInput, parameters=[PlaceQuery], responses={201: MetricSerializer})
    def post(self, request: Request) -> Response:
        """What its kind does not need may be left out, and is refused where it says something."""
        given = MetricInput.read(request)
        project, _ = place_in(request, given)
        metric = services.create_metric(project, by=caller(request), **named_in(given))
        answer = _answer(metric, status=201)
        answer["Location"] = reverse("api-metric", args=[str(metric.pk)])
        return answer


class MetricView(APIView):
    """One metric, found by key or id."""

    @extend_schema(parameters=[PlaceQuery], responses=MetricSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _answer(metric_in(request, key))

    @extend_schema(request=MetricChange, parameters=[PlaceQuery, IF_MATCH], responses=MetricSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=MetricChange, parameters=[PlaceQuery, IF_MATCH], responses=MetricSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Refused while experiments are measured by it, archived ones included."""
        metric = metric_in(request, key)
        services.delete_metric(metric, by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = MetricChange.read(request)
        metric = metric_in(request, key, given)
        read = etag(metric) if unchanged(given, MetricSerializer(metric).data, MetricChange.echoes) else None
        if_match = request.headers.get("If-Match", read)
        return _answer(services.update_metric(metric, by=caller(request), if_match=if_match, **named_in(given)))


class MetricArchiveView(APIView):
    """Taking a metric off the lists; the experiments that have it go on being measured by it."""

    @extend_schema(request=None, parameters=[PlaceQuery, IF_MATCH], responses=MetricSerializer)
    def post(self, request: Request, key: str) -> Response:
        return _moved(services.archive_metric, request, key)


class MetricRestoreView(APIView):
    """Putting an archived metric back into use, as it was."""

    @extend_schema(request=None, parameters=[PlaceQuery, IF_MATCH], responses=MetricSerializer)
    def post(self, request: Request, key: str) -> Response:
        return _moved(services.restore_metric, request, key)


class SampleSizeView(APIView):
    """How many units, and how many days, it takes to find an effect; nothing is saved."""

    @extend_schema(request=SampleSizeInput, responses=SampleSizeSerializer)
    def post(self, request: Request) -> Response:
        place_in(request)
        return Response(SampleSizeSerializer(sample_size(SampleSizeInput.read(request))).data)


def _moved(move: Callable[..., Metric], request: Request, key: str) -> Response:
    metric = metric_in(request, key)
    return _answer(move(metric, by=caller(request), if_match=request.headers.get("If-Match")))


def _answer(metric: Metric, *, status: int = 200) -> Response:
    shown: Any = MetricSerializer(metric).data
    return Response(shown, status=status, headers={"ETag": etag(metric)})
