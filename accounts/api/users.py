"""How admins see and change people."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import services
from accounts.authentication import caller
from accounts.models import User
from accounts.queries import find_user, list_users
from accounts.serializers import RoleIn, UserIn, UserOut


class Users(ListAPIView[User]):
    serializer_class = UserOut

    @extend_schema(tags=["auth"], summary="List people", parameters=[OpenApiParameter("search", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[User]:
        return list_users(by=caller(self.request), search=self.request.query_params.get("search", ""))


class OneUser(APIView):
    @extend_schema(tags=["auth"], summary="One person, by id or e-mail", responses=UserOut)
    def get(self, request: Request, user: str) -> Response:
        return Response(UserOut(find_user(user, by=caller(request))).data)

    @extend_schema(tags=["auth"], summary="Rename, deactivate or reactivate", request=UserIn, responses=UserOut)
    def put(self, request: Request, user: str) -> Response:
        by = caller(request)
        changed = services.update_user(find_user(user, by=by), by=by, **UserIn.read(request))
        return Response(UserOut(changed).data)

    @extend_schema(tags=["auth"], summary="Rename, deactivate or reactivate", request=UserIn, responses=UserOut)
    def patch(self, request: Request, user: str) -> Response:
        return self.put(request, user)


class UserRole(APIView):
    @extend_schema(tags=["auth"], summary="Give a role", request=RoleIn, responses=UserOut)
    def put(self, request: Request, user: str) -> Response:
        by = caller(request)
        changed = services.set_role(find_user(user, by=by), RoleIn.read(request)["role"], by=by)
        return Response(UserOut(changed).data)
