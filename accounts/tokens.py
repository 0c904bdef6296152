"""What the access and refresh tokens of a sign-in say: JWTs, signed with HS256 and SECRET_KEY."""

import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID, uuid4

from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.errors import Unauthenticated
from accounts.models import SignIn, User


class TokenInvalid(Unauthenticated):
    """The text is no token of ours, or not of the kind that is asked for."""

    code = "token_invalid"


class TokenExpired(Unauthenticated):
    """The token was good and its time is over."""

    code = "token_expired"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token that was read says: its own id, the sign-in it belongs to, and its end in seconds since 1970."""

    id: UUID
    sign_in_id: UUID
    expires_at: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a caller gets who signed in; `expires_in` is the access token's life in seconds."""

    user: User
    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "bearer"  # noqa: S105 (the name of a scheme)


def tokens_of(sign_in: SignIn) -> Tokens:
    """A new access token, and the sign-in's one good refresh token."""
    access, refresh = AccessToken(), RefreshToken()
    for token, identity in ((access, uuid4()), (refresh, sign_in.refresh_id)):
        token["jti"] = str(identity)
        token["sid"] = str(sign_in.pk)
        token["sub"] = str(sign_in.user_id)
    life = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    return Tokens(sign_in.user, str(access), str(refresh), expires_in=life)


def read_access(text: str) -> Claims:
    """Raises TokenInvalid or TokenExpired."""
    claims = _read_again(text)
    return claims if claims.expires_at > time.time() else _read(AccessToken, text)


def read_refresh(text: str) -> Claims:
    """Raises TokenInvalid or TokenExpired."""
    return _read(RefreshToken, text)


@lru_cache(maxsize=1_024)
def _read_again(text: str) -> Claims:
    """A signature is good for ever, and checking it is a tenth of a request. Raises TokenInvalid or TokenExpired."""
    return _read(AccessToken, text)


def _read(kind: type[Token], text: str) -> Claims:
    name = kind.token_type
    try:
        token = kind(text)  # type: ignore[arg-type]
        return Claims(UUID(token["jti"]), UUID(token["sid"]), float(token["exp"]))
    except ExpiredTokenError as error:
        raise TokenExpired(f"This {name} token has expired. {_advice(name)}") from error
    except (TokenError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise TokenInvalid(f"This is not a valid {name} token. {_advice(name)}") from error


def _advice(name: str | None) -> str:
    return "Sign in again." if name == "refresh" else "Get the next one with POST /auth/refresh, or sign in again."
