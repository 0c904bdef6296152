"""The REST doors of history; nothing can be changed through them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import policy
from accounts.authentication import caller
from accounts.errors import NotFound
from accounts.policy import Action
from accounts.queries import find_project
from audit.models import Entry
from audit.queries import of_flag, recent
from audit.serializers import EntryQuery, EntrySerializer

PROJECT = OpenApiParameter("project", OpenApiTypes.STR, description="Key or id; `default` where none is named.")


class NoHistory(NotFound):
    """There has never been a flag of this key in the project."""

    code = "flag_not_found"


class RecentView(GenericAPIView[Entry]):
    """What was changed lately, newest first."""

    queryset = Entry.objects.none()
    serializer_class = EntrySerializer

    @extend_schema(parameters=[EntryQuery], responses=EntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        policy.require(caller(request), Action.READ)
        asked = EntryQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        page = self.paginate_queryset(recent(**asked.validated_data))
        return self.get_paginated_response(EntrySerializer(page, many=True).data)


class FlagHistoryView(GenericAPIView[Entry]):
    """What happened to one flag and to what it does anywhere, newest first; also after it is gone."""

    queryset = Entry.objects.none()
    serializer_class = EntrySerializer

    @extend_schema(parameters=[PROJECT], responses=EntrySerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        project = find_project(request.query_params.get("project"))
        policy.require(caller(request), Action.READ, project=project)
        entries = of_flag(project, key)
        page = self.paginate_queryset(entries)
        if not page and not entries.exists():
            raise NoHistory(f"Project {project.key} never had a flag {key}. List the flags to see their keys.")
        return self.get_paginated_response(EntrySerializer(page, many=True).data)
