"""How API keys are listed, issued, changed, rotated and revoked, by those who manage the environment."""

from collections.abc import Mapping

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import api_keys
from accounts.authentication import caller
from accounts.errors import Invalid
from accounts.key_serializers import IssuedKeyOut, KeyChange, KeyIn, KeyOut, KeyPlace, RotationIn
from accounts.models import ApiKey, Environment, Project
from accounts.named_places import asked_of, place_of
from accounts.preconditions import IF_MATCH
from accounts.queries import find_key, list_keys, locate_environment

_PLACE = ("project", "environment_id", "environment_key")
_described = extend_schema(tags=["keys"], request=KeyChange, parameters=[IF_MATCH], responses=KeyOut)


class Keys(GenericAPIView[ApiKey]):
    queryset = ApiKey.objects.none()
    serializer_class = KeyOut

    @extend_schema(tags=["keys"], parameters=[KeyPlace], responses=KeyOut(many=True))
    def get(self, request: Request) -> Response:
        """The newest ones first; those that were revoked or have expired are among them."""
        project, environment = _place(request, {})
        found = self.paginate_queryset(list_keys(project, by=caller(request), environment=environment)) or []
        return self.get_paginated_response([KeyOut(key).data for key in found])

    @extend_schema(tags=["keys"], request=KeyIn, parameters=[KeyPlace], responses={201: IssuedKeyOut})
    def post(self, request: Request) -> Response:
        """Issues a key; its text is in this answer and nowhere else."""
        given = KeyIn.read(request)
        _, environment = _place(request, {name: given.pop(name) for name in _PLACE if name in given})
        if environment is None:
            needed = {"environment_key": ["Name the environment that the key is for."]}
            raise Invalid("A key belongs to one environment. Name it: environment_key.", fields=needed)
        return _issued(*api_keys.issue_key(environment, by=caller(request), **given))


class OneKey(APIView):
    @extend_schema(tags=["keys"], responses=KeyOut)
    def get(self, request: Request, key: str) -> Response:
        return _answer(find_key(key, by=caller(request)))

    @_described
    def put(self, request: Request, key: str) -> Response:
        """Changes what is given and nothing else; a key that has ended stays as it is."""
        found, if_match = find_key(key, by=caller(request)), request.headers.get("If-Match")
        given = KeyChange.read(request)
        return _answer(api_keys.update_key(found, by=caller(request), now=timezone.now(), if_match=if_match, **given))

    @_described
    def patch(self, request: Request, key: str) -> Response:
        """Changes what is given and nothing else; a key that has ended stays as it is."""
        return self.put(request, key)

    @extend_schema(tags=["keys"], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Revokes the key; it stays in the list."""
        _revoked(request, key)
        return Response(status=204)


class KeyRotation(APIView):
    @extend_schema(tags=["keys"], request=RotationIn, responses={201: IssuedKeyOut})
    def post(self, request: Request, key: str) -> Response:
        """Issues another key like this one; this one works for `grace_seconds` more, by default no longer."""
        found, given = find_key(key, by=caller(request)), RotationIn.read(request)
        grace = given.get("grace_seconds", 0)
        return _issued(*api_keys.rotate_key(found, by=caller(request), now=timezone.now(), grace=grace))


class KeyRevocation(APIView):
    @extend_schema(tags=["keys"], request=None, responses=KeyOut)
    def post(self, request: Request, key: str) -> Response:
        """Takes the key back for good: it is dead within a second everywhere."""
        return _answer(_revoked(request, key))


def _place(request: Request, given: Mapping[str, str]) -> tuple[Project, Environment | None]:
    """The project and the environment that address and body name; an environment's id tells the project as well."""
    asked = asked_of(request)
    sources = [asked, given]
    identity = asked.get("environment_id") or given.get("environment_id")
    if identity and not (asked.get("project") or given.get("project")):
        sources.append({"project": locate_environment(identity, project=None).project.key})
    return place_of(*sources, by=caller(request))


def _revoked(request: Request, key: str) -> ApiKey:
    return api_keys.revoke_key(find_key(key, by=caller(request)), by=caller(request), now=timezone.now())


def _answer(key: ApiKey) -> Response:
    return Response(KeyOut(key).data, headers={"ETag": api_keys.etag(key)})


def _issued(key: ApiKey, text: str) -> Response:
    return Response({**KeyOut(key).data, "key": text}, status=201, headers={"ETag": api_keys.etag(key)})
