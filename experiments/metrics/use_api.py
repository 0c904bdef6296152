"""The REST doors of what an experiment is measured by, and of how it is judged."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.preconditions import IF_MATCH
from experiments.metrics import plans, using
from experiments.metrics.queries import StandingPlan, find_use, plan_of, uses_etag, uses_of
from experiments.metrics.serializers import (
    PlanInput,
    PlanSerializer,
    UseInput,
    UseSerializer,
    UsesInput,
    UsesSerializer,
    plan_fields_of,
)
from experiments.models import Experiment
from experiments.places import experiment_in
from flags.requests import unchanged
from flags.serializers import PlaceQuery


class ExperimentMetricsView(APIView):
    """What an experiment is measured by, in order: the first goal decides."""

    @extend_schema(parameters=[PlaceQuery], responses=UsesSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _uses_answer(experiment_in(request, key))

    @extend_schema(request=UsesInput, parameters=[PlaceQuery, IF_MATCH], responses=UsesSerializer)
    def put(self, request: Request, key: str) -> Response:
        """Replace all of them."""
        given = UsesInput.read(request)
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        using.set_metrics(experiment, given["metrics"], by=caller(request), if_match=if_match)
        return _uses_answer(experiment)

    @extend_schema(request=UseInput, parameters=[PlaceQuery, IF_MATCH], responses={201: UseSerializer})
    def post(self, request: Request, key: str) -> Response:
        """One more, behind the others."""
        given = UseInput.read(request)
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        use = using.add_metric(experiment, by=caller(request), if_match=if_match, **given)
        answer = Response(UseSerializer(use).data, status=201, headers={"ETag": _etag(experiment)})
        answer["Location"] = reverse("api-experiment-metric", args=[str(experiment.pk), str(use.metric_id)])
        return answer


class ExperimentMetricView(APIView):
    """One metric of an experiment, found by the metric's key or id."""

    @extend_schema(operation_id="experiments_metric_retrieve", parameters=[PlaceQuery], responses=UseSerializer)
    def get(self, request: Request, key: str, name: str) -> Response:
        experiment = experiment_in(request, key)
        return Response(UseSerializer(find_use(experiment, name)).data, headers={"ETag": _etag(experiment)})

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str, name: str) -> Response:
        """The metric itself stays."""
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        using.remove_metric(experiment, name, by=caller(request), if_match=if_match)
        return Response(status=204)


class ExperimentPlanView(APIView):
    """How an experiment is judged; where nobody wrote it down, the defaults."""

    @extend_schema(parameters=[PlaceQuery], responses=PlanSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _plan_answer(plan_of(experiment_in(request, key)))

    @extend_schema(request=PlanInput, parameters=[PlaceQuery, IF_MATCH], responses=PlanSerializer)
    def put(self, request: Request, key: str) -> Response:
        """What is left out stays. Reports say when the plan was changed after the start."""
        given = PlanInput.read(request)
        experiment = experiment_in(request, key)
        standing = plan_of(experiment)
        read = _plan_etag(standing) if unchanged(given, PlanSerializer(standing).data, PlanInput.echoes) else None
        if_match = request.headers.get("If-Match", read)
        fields = plan_fields_of(given)
        return _plan_answer(plans.update_plan(experiment, by=caller(request), if_match=if_match, **fields))


def _etag(experiment: Experiment) -> str:
    return uses_etag(list(uses_of(experiment)))


def _plan_etag(plan: StandingPlan) -> str:
    return f'"{plan.version}"'


def _uses_answer(experiment: Experiment) -> Response:
    uses = list(uses_of(experiment))
    return Response(UsesSerializer({"metrics": uses}).data, headers={"ETag": uses_etag(uses)})


def _plan_answer(plan: StandingPlan) -> Response:
    return Response(PlanSerializer(plan).data, headers={"ETag": _plan_etag(plan)})
