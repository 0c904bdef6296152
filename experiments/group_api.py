"""The REST doors of layers and holdouts: parse, call one service or query, answer."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.preconditions import IF_MATCH
from experiments import holdouts, layers
from experiments.group_serializers import (
    HoldoutChange,
    HoldoutInput,
    HoldoutSerializer,
    LayerChange,
    LayerInput,
    LayerSerializer,
    group_fields_of,
)
from experiments.holding import etag
from experiments.models import Holdout, Layer
from experiments.places import environment_in, holdout_in, layer_in, place_in
from experiments.queries import holders_in, list_holdouts, list_layers
from flags.requests import unchanged
from flags.serializers import PlaceQuery


class LayersView(GenericAPIView[Layer]):
    """The layers of an environment, or of all environments of a project."""

    queryset = Layer.objects.none()
    serializer_class = LayerSerializer

    @extend_schema(parameters=[PlaceQuery], responses=LayerSerializer(many=True))
    def get(self, request: Request) -> Response:
        project, environment = place_in(request)
        page = self.paginate_queryset(list_layers(project, environment=environment)) or []
        return self.get_paginated_response(_shown(page))

    @extend_schema(request=LayerInput, parameters=[PlaceQuery], responses={201: LayerSerializer})
    def post(self, request: Request) -> Response:
        given = LayerInput.read(request)
        environment = environment_in(request, given, why="A layer belongs to one environment.")
        layer = layers.create_layer(environment, by=caller(request), **group_fields_of(given))
        answer = _answer(layer, status=201)
        answer["Location"] = reverse("api-layer", args=[str(layer.pk)])
        return answer


class LayerView(APIView):
    """One layer, found by key in the environment that is named, or by id."""

    @extend_schema(parameters=[PlaceQuery], responses=LayerSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _answer(layer_in(request, key))

    @extend_schema(request=LayerChange, parameters=[PlaceQuery, IF_MATCH], responses=LayerSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=LayerChange, parameters=[PlaceQuery, IF_MATCH], responses=LayerSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        layers.delete_layer(layer_in(request, key), by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = LayerChange.read(request)
        layer = layer_in(request, key, given)
        read = etag(layer) if unchanged(given, _shown([layer])[0], LayerChange.echoes) else None
        if_match = request.headers.get("If-Match", read)
        return _answer(layers.update_layer(layer, by=caller(request), if_match=if_match, **group_fields_of(given)))


class HoldoutsView(GenericAPIView[Holdout]):
    """The holdouts of a project: users who are in none of its experiments, in whichever environment."""

    queryset = Holdout.objects.none()
    serializer_class = HoldoutSerializer

    @extend_schema(parameters=[PlaceQuery], responses=HoldoutSerializer(many=True))
    def get(self, request: Request) -> Response:
        project, _ = place_in(request)
        page = self.paginate_queryset(list_holdouts(project)) or []
        return self.get_paginated_response(HoldoutSerializer(page, many=True).data)

    @extend_schema(request=HoldoutInput, parameters=[PlaceQuery], responses={201: HoldoutSerializer})
    def post(self, request: Request) -> Response:
        """It takes the right to change every environment of the project."""
        given = HoldoutInput.read(request)
        project, _ = place_in(request, given)
        holdout = holdouts.create_holdout(project, by=caller(request), **group_fields_of(given))
        answer = _holdout_answer(holdout, status=201)
        answer["Location"] = reverse("api-holdout", args=[str(holdout.pk)])
        return answer


class HoldoutView(APIView):
    """One holdout, found by key or id."""

    @extend_schema(parameters=[PlaceQuery], responses=HoldoutSerializer)
    def get(self, request: Request, key: str) -> Response:
        return _holdout_answer(holdout_in(request, key))

    @extend_schema(request=HoldoutChange, parameters=[PlaceQuery, IF_MATCH], responses=HoldoutSerializer)
    def put(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(request=HoldoutChange, parameters=[PlaceQuery, IF_MATCH], responses=HoldoutSerializer)
    def patch(self, request: Request, key: str) -> Response:
        return self._change(request, key)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        holdout = holdout_in(request, key)
        holdouts.delete_holdout(holdout, by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = HoldoutChange.read(request)
        holdout = holdout_in(request, key, given)
        read = etag(holdout) if unchanged(given, HoldoutSerializer(holdout).data, HoldoutChange.echoes) else None
        if_match, fields = request.headers.get("If-Match", read), group_fields_of(given)
        return _holdout_answer(holdouts.update_holdout(holdout, by=caller(request), if_match=if_match, **fields))


def _shown(found: Sequence[Layer]) -> list[dict[str, Any]]:
    context = {"holders": holders_in(found)}
    return list(LayerSerializer(found, many=True, context=context).data)


def _answer(layer: Layer, *, status: int = 200) -> Response:
    return Response(_shown([layer])[0], status=status, headers={"ETag": etag(layer)})


def _holdout_answer(holdout: Holdout, *, status: int = 200) -> Response:
    return Response(HoldoutSerializer(holdout).data, status=status, headers={"ETag": etag(holdout)})
