"""How a sign-in of a program begins, goes on from token to token, and ends.

A sign-in is a family of refresh tokens of which one is good at a time (docs/adr/0005-sign-in-families.md).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from accounts import password_rules
from accounts.changes import Change, change, closing
from accounts.errors import Conflict, Invalid, Unauthenticated
from accounts.models import SignIn, User
from accounts.tokens import Claims, Tokens, read_access, read_refresh, tokens_of


class WrongCredentials(Unauthenticated):
    """No active user has this e-mail and password; which of them is wrong is not told."""

    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__("E-mail or password is wrong, or the account is not active.")


class SignInEnded(Unauthenticated):
    """The token was ours, and its sign-in is over."""

    code = "sign_in_ended"


class TokenReplayed(Unauthenticated):
    """A refresh token was used that had been exchanged before: somebody else may have it."""

    code = "token_replayed"


class RaceLost(Unauthenticated):
    """Another request exchanged the same refresh token at the same moment."""

    code = "race_lost"


class WrongPassword(Invalid):
    """The current password is another one."""

    code = "wrong_password"


class PasswordChanged(Conflict):
    """The password was changed while this request was changing it."""

    code = "password_changed"


def listen() -> None:
    closing.connect(_end_what_lost_its_ground, dispatch_uid="sign-ins")


def sign_in(email: str, password: str, *, request: HttpRequest | None = None) -> Tokens:
    """Begin a sign-in. Raises WrongCredentials; neither the answer nor its cost tells whether the e-mail is known.

    Attempts are counted for the address that a request comes from: raises TooManyAttempts.
    """
    verified = authenticate(request, username=email, password=password)
    if isinstance(verified, User):
        with transaction.atomic():
            user = _standing(verified)
            if user is not None:
                return begin(user)
    raise WrongCredentials


def authenticate_access(token: str) -> SignIn:
    """The living sign-in that the access token belongs to, with its user, in one query.

    Raises TokenInvalid, TokenExpired, SignInEnded.
    """
    return _living(_sign_ins().filter(pk=read_access(token).sign_in_id))


def refresh(token: str) -> Tokens:
    """Exchange the good refresh token for the next pair; of several simultaneous attempts one wins.

    Raises TokenInvalid, TokenExpired, SignInEnded, RaceLost, and TokenReplayed, which ends the sign-in.
    """
    claims = read_refresh(token)
    family = _sign_ins().filter(pk=claims.sign_in_id)
    if _living(family).refresh_id != claims.id:
        _end(family)
        raise TokenReplayed("This refresh token was used before, so its sign-in was ended. Sign in again.")
    return _rotate(family, claims)


def sign_out(current: SignIn) -> None:
    """End one sign-in: its access and refresh tokens are dead at once."""
    _end(SignIn.objects.filter(pk=current.pk))


def end_all(user: User) -> None:
    """End every sign-in of this user."""
    _end(SignIn.objects.filter(user=user))


def change_password(user: User, *, current: str, new: str) -> Tokens:
    """Set a new password, end every sign-in and page session of the user, and begin a new sign-in for the caller.

    Raises WrongPassword, WeakPassword, PasswordChanged.
    """
    if not user.check_password(current):
        raise WrongPassword("The current password is wrong.", fields={"current_password": ["This is not it."]})
    password_rules.require_good(new, of=user, field="new_password")
    hashed = make_password(new)  # before the lock: hashing is slow on purpose
    with transaction.atomic():
        standing = _standing(user)
        if standing is None:
            raise PasswordChanged("Your password or account was changed in the meantime. Sign in again.")
        with change(by=user):
            standing.password = hashed
            standing.save()
        return begin(standing)


def _standing(verified: User) -> User | None:
    """The user, locked, if the account and the password that was verified still stand."""
    user = User.objects.select_for_update().filter(pk=verified.pk, is_active=True, password=verified.password).first()
    return user if isinstance(user, User) else None


def begin(user: User) -> Tokens:
    """A sign-in of somebody who has proved who they are."""
    return tokens_of(SignIn.objects.create(user=user, refresh_id=uuid4(), expires_at=_expiry()))


def _rotate(family: QuerySet[SignIn], claims: Claims) -> Tokens:
    with transaction.atomic():
        current = _living(family.select_for_update(of=("self",)))
        if current.refresh_id != claims.id:
            raise RaceLost("Another request used this refresh token at the same moment. Use the tokens that it got.")
        current.refresh_id = uuid4()
        current.expires_at = _expiry()
        current.save(update_fields=["refresh_id", "expires_at"])
    return tokens_of(current)


def _living(family: QuerySet[SignIn]) -> SignIn:
    found = next(iter(family), None)  # at most one: `first` would sort, which takes as long as asking
    if found is None or found.ended_at or found.expires_at <= timezone.now() or not found.user.is_active:
        raise SignInEnded("This sign-in has ended. Sign in again.")
    return found


def _sign_ins() -> QuerySet[SignIn]:
    return SignIn.objects.select_related("user").order_by()


def _end(sign_ins: QuerySet[SignIn]) -> None:
    sign_ins.filter(ended_at=None).update(ended_at=timezone.now())


def _end_what_lost_its_ground(sender: type, change: Change, **_: Any) -> None:
    """Whichever door a password or an account was changed by, what was signed in with it before ends."""
    for write in change.writes:
        if isinstance(write.row, User) and write.before and write.after:
            _end_unless_kept(write.row, write.before, write.after)


def _end_unless_kept(user: User, before: dict[str, Any], after: dict[str, Any]) -> None:
    if before["password"] != after["password"] or not after["is_active"]:
        end_all(user)


def _expiry() -> datetime:
    life: timedelta = api_settings.REFRESH_TOKEN_LIFETIME
    return timezone.now() + life
