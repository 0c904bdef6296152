"""The REST doors of audiences: parse, call one service or query, answer."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.named_places import asked_of, place_of
from accounts.preconditions import IF_MATCH
from accounts.queries import DEFAULT_PROJECT
from flags import audiences
from flags.audience_serializers import AudienceChange, AudienceInput, AudienceQuery, AudienceSerializer, fields_of
from flags.models import Audience
from flags.queries import EnvironmentNeeded, find_audience, list_audiences
from flags.requests import unchanged
from flags.serializers import PlaceQuery


class AudiencesView(GenericAPIView[Audience]):
    """The audiences of an environment, or of all environments of a project."""

    queryset = Audience.objects.none()
    serializer_class = AudienceSerializer

    @extend_schema(parameters=[AudienceQuery], responses=AudienceSerializer(many=True))
    def get(self, request: Request) -> Response:
        query = AudienceQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        project, environment = place_of(asked, by=caller(request))
        found = list_audiences(project, environment=environment, search=asked.get("search", ""))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([_shown(audience) for audience in page])

    @extend_schema(request=AudienceInput, parameters=[PlaceQuery], responses={201: AudienceSerializer})
    def post(self, request: Request) -> Response:
        given = AudienceInput.read(request)
        _, environment = place_of(asked_of(request), given, by=caller(request))
        if environment is None:
            raise EnvironmentNeeded("An audience belongs to one environment.")
        answer = _answer(audiences.create_audience(environment, by=caller(request), **fields_of(given)), status=201)
        answer["Location"] = _address(answer.data)
        return answer


class AudienceView(APIView):
    """One audience, found by key in the environment that is named, or by id."""

    @extend_schema(parameters=[PlaceQuery], responses=AudienceSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _answer(_found(request, key))

    @extend_schema(request=AudienceChange, parameters=[PlaceQuery, IF_MATCH], responses=AudienceSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=AudienceChange, parameters=[PlaceQuery, IF_MATCH], responses=AudienceSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        audience = _found(request, key)
        audiences.delete_audience(audience, by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = AudienceChange.read(request)
        audience = _found(request, key, given)
        read = audiences.etag(audience) if unchanged(given, _shown(audience), AudienceChange.echoes) else None
        if_match = request.headers.get("If-Match", read)
        return _answer(audiences.update_audience(audience, by=caller(request), if_match=if_match, **fields_of(given)))


def _found(request: Request, key: str, given: Mapping[str, Any] | None = None) -> Audience:
    project, environment = place_of(asked_of(request), given or {}, by=caller(request))
    return find_audience(project, key, environment=environment)


def _shown(audience: Audience) -> dict[str, Any]:
    return AudienceSerializer(audience).data


def _answer(audience: Audience, *, status: int = 200) -> Response:
    return Response(_shown(audience), status=status, headers={"ETag": audiences.etag(audience)})


def _address(shown: Mapping[str, Any]) -> str:
    query = {"environment_key": shown["environment_key"]}
    if shown["project"] != DEFAULT_PROJECT:
        query["project"] = shown["project"]
    return f"{reverse('api-audience', args=[shown['key']])}?{urlencode(query)}"
