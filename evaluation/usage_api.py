"""The REST doors of usage: how often flags and experiments are evaluated, which are not, and which do not exist."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.models import Environment, Project
from accounts.named_places import asked_of, place_of
from accounts.queries import list_environments
from evaluation.models import UnknownFlag
from evaluation.usage_queries import (
    evaluations,
    last_seen,
    unknown_flags,
    unused,
    usage_of,
    usage_of_experiment,
    variants_of,
    with_last_seen,
)
from evaluation.usage_serializers import (
    ExperimentUsageSerializer,
    FlagUsageSerializer,
    UnknownFlagSerializer,
    UsageQuery,
    UsedFlagSerializer,
    UsedQuery,
)
from experiments.places import experiment_in
from flags.models import Flag
from flags.queries import find_flag, list_flags
from flags.serializers import PlaceQuery

DAY = timedelta(days=1)


class FlagUsageView(APIView):
    """How often a flag was evaluated, in one environment or in all of them."""

    @extend_schema(parameters=[UsageQuery], responses=FlagUsageSerializer)
    def get(self, request: Request, key: str) -> Response:
        asked = _read(UsageQuery, request)
        project, environments = _place(asked, request)
        flag = find_flag(project, key)
        when = {name: asked[name] for name in ("since", "until", "granularity")}
        data = usage_of(flag, environments, **when)
        seen = last_seen([flag.key], environments)
        return Response(
            FlagUsageSerializer(
                {
                    "flag_key": flag.key,
                    **when,
                    "total": sum(slot["count"] for slot in data),
                    "variants": variants_of(data),
                    "environments": _seen_in(environments, seen.get(flag.key, {})),
                    "data": data,
                }
            ).data
        )


class ExperimentUsageView(APIView):
    """How often users were assigned to an experiment that is on no flag; one on a flag is counted there."""

    @extend_schema(parameters=[UsageQuery], responses=ExperimentUsageSerializer)
    def get(self, request: Request, key: str) -> Response:
        asked = _read(UsageQuery, request)
        experiment = experiment_in(request, key)
        when = {name: asked[name] for name in ("since", "until", "granularity")}
        data = usage_of_experiment(experiment, **when)
        found = {
            "experiment_key": experiment.key,
            **when,
            "total": sum(slot["count"] for slot in data),
            "variants": variants_of(data),
            "data": data,
        }
        return Response(ExperimentUsageSerializer(found).data)


class UsageView(GenericAPIView[Flag]):
    """The flags in use with when they were last evaluated, or those that were not for a while."""

    queryset = Flag.objects.none()
    serializer_class = UsedFlagSerializer

    @extend_schema(parameters=[UsedQuery], responses=UsedFlagSerializer(many=True))
    def get(self, request: Request) -> Response:
        asked = _read(UsedQuery, request)
        project, environments = _place(asked, request)
        now = timezone.now()
        found = with_last_seen(list_flags(project, search=asked.get("search", "")), environments)
        if "unused_for" in asked:
            found = unused(found, since=now - asked["unused_for"])
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response(UsedFlagSerializer(_used(page, environments, now), many=True).data)


class UnknownFlagsView(GenericAPIView[UnknownFlag]):
    """The names that programs ask for and that no flag in use has, the latest first."""

    queryset = UnknownFlag.objects.none()
    serializer_class = UnknownFlagSerializer

    @extend_schema(parameters=[PlaceQuery], responses=UnknownFlagSerializer(many=True))
    def get(self, request: Request) -> Response:
        project, environments = _place(_read(PlaceQuery, request), request)
        names = {environment.pk: environment.key for environment in environments}
        shown = [
            {
                "flag_key": row.flag,
                "environment_key": names[row.environment_id],
                "count": row.count,
                "first_seen_at": row.first_seen_at,
                "last_seen_at": row.last_seen_at,
            }
            for row in self.paginate_queryset(unknown_flags(project, environments)) or []
        ]
        return self.get_paginated_response(UnknownFlagSerializer(shown, many=True).data)


def _read(kind: type[PlaceQuery], request: Request) -> dict[str, Any]:
    query = kind(data=asked_of(request), context={"now": timezone.now()})
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def _place(asked: Mapping[str, Any], request: Request) -> tuple[Project, list[Environment]]:
    """The project, and the environment that is named in it or all of them."""
    project, environment = place_of(asked, by=caller(request))
    return project, [environment] if environment else list(list_environments(project))


def _used(flags: Sequence[Any], environments: Collection[Environment], now: datetime) -> list[dict[str, Any]]:
    keys = [flag.key for flag in flags]
    seen, counts = last_seen(keys, environments), evaluations(keys, environments, since=now - DAY)
    return [
        {
            "flag_key": flag.key,
            "name": flag.name,
            "created_at": flag.created_at,
            "last_seen_at": flag.last_seen_at,
            "evaluations_24h": counts.get(flag.key, 0),
            "environments": _seen_in(environments, seen.get(flag.key, {})),
        }
        for flag in flags
    ]


def _seen_in(environments: Collection[Environment], seen: Mapping[str, datetime]) -> dict[str, datetime | None]:
    return {environment.key: seen.get(environment.key) for environment in environments}
