"""Who sends a request to the API: the bearer of an access token whose sign-in lives."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import SignIn, User
from accounts.sessions import authenticate_access
from accounts.tokens import TokenInvalid

SCHEME = b"bearer"


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` is the sign-in. Raises Unauthenticated."""

    def authenticate(self, request: Request) -> tuple[User, SignIn] | None:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME:
            return None
        sign_in = authenticate_access(_text(token.strip()))
        return sign_in.user, sign_in

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document describes it."""

    target_class = BearerToken
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def caller(request: Request) -> User:
    """Who sends this request, where a view lets only those in who signed in."""
    assert isinstance(request.user, User)
    return request.user


def _text(token: bytes) -> str:
    try:
        return token.decode("ascii")
    except UnicodeDecodeError as error:
        raise TokenInvalid("The access token has characters that no token has.") from error
