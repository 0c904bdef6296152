"""How projects are listed, made, changed and deleted, and who is a member of them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import members, places
from accounts.authentication import caller
from accounts.models import Membership, Project
from accounts.queries import find_member, find_person, find_project, list_members, list_projects
from accounts.serializers import MemberOut, ProjectBody, RoleIn


class Projects(ListAPIView[Project]):
    serializer_class = ProjectBody
    queryset = list_projects()

    @extend_schema(tags=["projects"], summary="List projects")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    @extend_schema(tags=["projects"], summary="Create a project", responses={201: ProjectBody})
    def post(self, request: Request) -> Response:
        made = places.create_project(by=caller(request), **ProjectBody.read(request))
        return Response(ProjectBody(made).data, status=201)


class OneProject(APIView):
    @extend_schema(tags=["projects"], summary="One project, by key or id", responses=ProjectBody)
    def get(self, request: Request, project: str) -> Response:
        return Response(ProjectBody(find_project(project)).data)

    @extend_schema(tags=["projects"], summary="Rename a project", request=ProjectBody, responses=ProjectBody)
    def put(self, request: Request, project: str) -> Response:
        given = ProjectBody.read(request)
        return Response(ProjectBody(places.update_project(find_project(project), by=caller(request), **given)).data)

    @extend_schema(tags=["projects"], summary="Rename a project", request=ProjectBody, responses=ProjectBody)
    def patch(self, request: Request, project: str) -> Response:
        return self.put(request, project)

    @extend_schema(tags=["projects"], summary="Delete a project and all that is in it", responses={204: None})
    def delete(self, request: Request, project: str) -> Response:
        places.delete_project(find_project(project), by=caller(request))
        return Response(status=204)


class Members(ListAPIView[Membership]):
    serializer_class = MemberOut

    @extend_schema(tags=["projects"], summary="List who has a role of their own in the project")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Membership]:
        if getattr(self, "swagger_fake_view", False):  # the OpenAPI document is made without a request
            return Membership.objects.none()
        return list_members(find_project(self.kwargs["project"]), by=caller(self.request))


class OneMember(APIView):
    @extend_schema(tags=["projects"], summary="Give somebody a role here", request=RoleIn, responses=MemberOut)
    def put(self, request: Request, project: str, user: str) -> Response:
        by, where = caller(request), find_project(project)
        role = RoleIn.read(request)["role"]
        made = members.set_member(where, find_person(where, user, by=by), role, by=by)
        return Response(MemberOut(made).data)

    @extend_schema(tags=["projects"], summary="Take somebody's own role here", responses={204: None})
    def delete(self, request: Request, project: str, user: str) -> Response:
        by = caller(request)
        members.remove_member(find_member(find_project(project), user, by=by), by=by)
        return Response(status=204)
