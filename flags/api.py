"""The REST doors of flags: parse, call one service or query, answer."""

from typing import Any
from urllib.parse import quote

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.models import Environment, Project
from accounts.named_places import asked_of, place_of
from accounts.preconditions import IF_MATCH
from accounts.queries import DEFAULT_PROJECT, find_environment
from flags import services
from flags.models import Flag, FlagConfig
from flags.queries import find_flag, list_flags, settings_of
from flags.requests import config_of, definition_of, unchanged
from flags.serializers import (
    ConfigChange,
    ConfigSerializer,
    FlagChange,
    FlagInput,
    FlagSerializer,
    ListQuery,
    PlaceQuery,
    SavedConfigSerializer,
    SavedFlagSerializer,
)


class FlagsView(GenericAPIView[Flag]):
    """The flags of a project."""

    queryset = Flag.objects.none()
    serializer_class = FlagSerializer

    @extend_schema(parameters=[ListQuery], responses=FlagSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = ListQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        project, environment = place_of(asked, by=caller(request))
        names = ("search", "flag_type", "tag", "archived", "sort")
        filters = {name: asked[name] for name in names if name in asked}
        flags = list_flags(project, environment=environment, enabled=asked.get("is_enabled"), **filters)
        page = self.paginate_queryset(flags) or []
        return self.get_paginated_response(_shown(page, project, environment))

    @extend_schema(request=FlagInput, parameters=[PlaceQuery], responses={201: SavedFlagSerializer})
    def post(self, request: Request) -> Response:
        given = FlagInput.read(request)
        project, environment = place_of(asked_of(request), given, by=caller(request))
        definition, config = definition_of(given), config_of(given)
        flag = services.create_flag(project, by=caller(request), environment=environment, config=config, **definition)
        answer = _answer(flag, environment, SavedFlagSerializer, status=201)
        answer["Location"] = _address(flag)
        return answer


class FlagView(APIView):
    """One flag, found by key or id."""

    @extend_schema(parameters=[PlaceQuery], responses=FlagSerializer)
    def get(self, request: Request, key: str) -> Response:
        project, environment = place_of(asked_of(request), by=caller(request))
        return _answer(find_flag(project, key), environment)

    @extend_schema(request=FlagChange, parameters=[PlaceQuery, IF_MATCH], responses=SavedFlagSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=FlagChange, parameters=[PlaceQuery, IF_MATCH], responses=SavedFlagSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        project, _ = place_of(asked_of(request), by=caller(request))
        services.delete_flag(find_flag(project, key), by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = FlagChange.read(request)
        project, environment = place_of(asked_of(request), given, by=caller(request))
        flag = find_flag(project, key)
        [shown] = _shown([flag], project, environment)
        read = services.etag(flag, _config(flag, environment)) if unchanged(given, shown, FlagChange.echoes) else None
        services.update_flag(
            flag,
            by=caller(request),
            if_match=request.headers.get("If-Match", read),
            environment=environment,
            config=config_of(given),
            **definition_of(given, standing=flag),
        )
        return _answer(flag, environment, SavedFlagSerializer)


class FlagConfigView(APIView):
    """What one flag does in one environment."""

    @extend_schema(parameters=[PlaceQuery], responses=ConfigSerializer)
    def get(self, request: Request, key: str, name: str) -> Response:
        return _config_answer(*self._found(request, key, name))

    @extend_schema(request=ConfigChange, parameters=[PlaceQuery, IF_MATCH], responses=SavedConfigSerializer)
    def put(self, request: Request, key: str, name: str) -> Response:
        return self._change(request, key, name)

    @extend_schema(request=ConfigChange, parameters=[PlaceQuery, IF_MATCH], responses=SavedConfigSerializer)
    def patch(self, request: Request, key: str, name: str) -> Response:
        return self._change(request, key, name)

    def _change(self, request: Request, key: str, name: str) -> Response:
        given = ConfigChange.read(request)
        flag, config = self._found(request, key, name)
        read = services.etag(flag, config) if unchanged(given, _config_json(config), ConfigChange.echoes) else None
        config = services.update_config(
            flag,
            config.environment,
            by=caller(request),
            if_match=request.headers.get("If-Match", read),
            **config_of(given),
        )
        return _config_answer(flag, config, SavedConfigSerializer)

    def _found(self, request: Request, key: str, name: str) -> tuple[Flag, FlagConfig]:
        project, _ = place_of({"project": asked_of(request).get("project")}, by=caller(request))
        flag = find_flag(project, key)
        config = _config(flag, find_environment(project, name))
        assert config is not None
        return flag, config


class FlagArchiveView(APIView):
    """Taking a flag out of use; it answers FLAG_NOT_FOUND from then on."""

    @extend_schema(request=None, parameters=[PlaceQuery, IF_MATCH], responses=FlagSerializer)
    def post(self, request: Request, key: str) -> Response:
        project, environment = place_of(asked_of(request), by=caller(request))
        flag = find_flag(project, key)
        services.archive_flag(flag, by=caller(request), if_match=request.headers.get("If-Match"))
        return _answer(flag, environment)


class FlagRestoreView(APIView):
    """Putting an archived flag back into use, as it was."""

    @extend_schema(request=None, parameters=[PlaceQuery, IF_MATCH], responses=FlagSerializer)
    def post(self, request: Request, key: str) -> Response:
        project, environment = place_of(asked_of(request), by=caller(request))
        flag = find_flag(project, key)
        services.restore_flag(flag, by=caller(request), if_match=request.headers.get("If-Match"))
        return _answer(flag, environment)


def _config(flag: Flag, environment: Environment | None) -> FlagConfig | None:
    return settings_of([flag], [environment])[flag.pk][environment.key] if environment else None


def _shown(flags: list[Flag], project: Project, environment: Environment | None) -> list[dict[str, Any]]:
    context = {"settings": settings_of(flags, project.environments.all()), "environment": environment}
    return list(FlagSerializer(flags, many=True, context=context).data)


def _config_json(config: FlagConfig, kind: type[ConfigSerializer] = ConfigSerializer) -> dict[str, Any]:
    return kind(config).data


def _answer(
    flag: Flag, environment: Environment | None, kind: type[FlagSerializer] = FlagSerializer, *, status: int = 200
) -> Response:
    settings = settings_of([flag], flag.project.environments.all())
    shown = kind(flag, context={"settings": settings, "environment": environment}).data
    config = settings[flag.pk][environment.key] if environment else None
    return Response(shown, status=status, headers={"ETag": services.etag(flag, config)})


def _config_answer(flag: Flag, config: FlagConfig, kind: type[ConfigSerializer] = ConfigSerializer) -> Response:
    return Response(_config_json(config, kind), headers={"ETag": services.etag(flag, config)})


def _address(flag: Flag) -> str:
    project = flag.project.key
    query = "" if project == DEFAULT_PROJECT else f"?project={quote(project)}"
    named = flag.key if flag.key.strip(".") else str(flag.pk)  # clients resolve dots away
    return reverse("api-flag", args=[named]) + query
