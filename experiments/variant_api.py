"""The REST doors of an experiment's variants: parse, call one service or query, answer."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.errors import Invalid
from accounts.preconditions import IF_MATCH
from experiments import variants
from experiments.holding import etag
from experiments.models import Experiment, Variant
from experiments.places import experiment_in
from experiments.queries import find_variant
from experiments.serializers import BulkInput, VariantChange, VariantInput, VariantSerializer
from flags.requests import unchanged
from flags.serializers import PlaceQuery

_FIELDS = ("key", "name", "payload")
_DONE = inline_serializer(
    "BulkAnswer",
    {
        "created": VariantSerializer(many=True),
        "updated": VariantSerializer(many=True),
        "deleted": serializers.ListField(child=serializers.CharField(), help_text="As they were named."),
    },
)


class VariantsView(GenericAPIView[Variant]):
    """The variants of an experiment; the first one is the control."""

    queryset = Variant.objects.none()
    serializer_class = VariantSerializer

    @extend_schema(parameters=[PlaceQuery], responses=VariantSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        experiment = experiment_in(request, key)
        page = self.paginate_queryset(experiment.variants.all()) or []
        answer = self.get_paginated_response([_shown(variant) for variant in page])
        answer["ETag"] = etag(experiment)
        return answer

    @extend_schema(request=VariantInput, parameters=[PlaceQuery, IF_MATCH], responses={201: VariantSerializer})
    def post(self, request: Request, key: str) -> Response:
        given = VariantInput.read(request)
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        variant = variants.add_variant(experiment, by=caller(request), if_match=if_match, **given)
        answer = _answer(variant, experiment, status=201)
        answer["Location"] = reverse("api-variant", args=[str(experiment.pk), str(variant.pk)])
        return answer


class VariantsBulkView(APIView):
    """Many variants at once."""

    @extend_schema(request=BulkInput, parameters=[PlaceQuery, IF_MATCH], responses=_DONE)
    def post(self, request: Request, key: str) -> Response:
        """All of it or nothing."""
        given = BulkInput.read(request)
        if not given:
            raise Invalid("Give create, update or delete.")
        experiment, if_match = experiment_in(request, key), request.headers.get("If-Match")
        saved = variants.change_variants(experiment, by=caller(request), if_match=if_match, **given)
        changed = len(given.get("update", ()))
        body = {"created": saved[changed:], "updated": saved[:changed]}
        told = {name: [_shown(variant) for variant in found] for name, found in body.items()}
        return Response({**told, "deleted": given.get("delete", [])}, headers={"ETag": etag(experiment)})


class VariantView(APIView):
    """One variant, found by key or id."""

    @extend_schema(parameters=[PlaceQuery], responses=VariantSerializer)
    def get(self, request: Request, key: str, name: str) -> Response:
        experiment = experiment_in(request, key)
        return _answer(find_variant(experiment, name), experiment)

    @extend_schema(request=VariantChange, parameters=[PlaceQuery, IF_MATCH], responses=VariantSerializer)
    def put(self, request: Request, key: str, name: str) -> Response:
        return self._change(request, key, name)

    @extend_schema(request=VariantChange, parameters=[PlaceQuery, IF_MATCH], responses=VariantSerializer)
    def patch(self, request: Request, key: str, name: str) -> Response:
        return self._change(request, key, name)

    @extend_schema(parameters=[PlaceQuery, IF_MATCH], responses={204: None})
    def delete(self, request: Request, key: str, name: str) -> Response:
        variant = find_variant(experiment_in(request, key), name)
        variants.delete_variant(variant, by=caller(request), if_match=request.headers.get("If-Match"))
        return Response(status=204)

    def _change(self, request: Request, key: str, name: str) -> Response:
        """PUT and PATCH alike change what is given and leave the rest."""
        given = VariantChange.read(request)
        variant = find_variant(experiment_in(request, key), name)
        read = etag(variant.experiment) if unchanged(given, _shown(variant), VariantChange.echoes) else None
        if_match = request.headers.get("If-Match", read)
        fields = {name: given[name] for name in _FIELDS if name in given}
        changed = variants.update_variant(variant, by=caller(request), if_match=if_match, **fields)
        return _answer(changed, changed.experiment)


def _shown(variant: Variant) -> dict[str, Any]:
    return VariantSerializer(variant).data


def _answer(variant: Variant, experiment: Experiment, *, status: int = 200) -> Response:
    return Response(_shown(variant), status=status, headers={"ETag": etag(experiment)})
