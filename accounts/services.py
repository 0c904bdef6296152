"""Every write of people: who registers, what they are called, which role they hold, who is let in."""

from typing import Any

from django.conf import settings

from accounts import password_rules, policy
from accounts.changes import change
from accounts.editing import edit, hold, insert, keep
from accounts.errors import Conflict, Forbidden
from accounts.models import Role, User
from accounts.policy import Action
from accounts.queries import UserNotFound


class RegistrationClosed(Forbidden):
    """This installation takes nobody who comes by themselves."""

    code = "registration_closed"


class EmailTaken(Conflict):
    """Somebody has an account with this e-mail."""

    code = "email_taken"


class OwnAdminRole(Conflict):
    """Admins do not take away their own rights, so that nobody locks themselves out by a slip."""

    code = "own_admin_role"


class LastAdmin(Conflict):
    """Somebody has to be left who can manage users."""

    code = "last_admin"


def register(*, email: str, password: str, name: str = "") -> User:
    """A new viewer who comes by themselves. Raises RegistrationClosed, EmailTaken, WeakPassword, Invalid."""
    if not settings.OPEN_REGISTRATION:
        raise RegistrationClosed("Registration is closed here. Ask an admin for an account.")
    user = User(email=email, name=name)
    return _create(user, password, by=user)


def create_user(*, by: User, email: str, password: str, name: str = "", role: str = Role.VIEWER) -> User:
    """A new account that an admin makes. Raises EmailTaken, WeakPassword, Invalid."""
    policy.require(by, Action.MANAGE_USERS)
    return _create(User(email=email, name=name, role=role), password, by=by)


def update_user(user: User, *, by: User, **fields: Any) -> User:
    """Change `name` and `is_active`; whoever is deactivated is out at once. Raises OwnAdminRole, LastAdmin, Invalid."""
    with change(by=by):
        _hold(user, by=by)
        values = keep(user, fields, "email", "role")
        if values.get("is_active") is False:
            _require_other_admin(user, by=by)
        return edit(user, **values)


def set_role(user: User, role: str, *, by: User) -> User:
    """Give somebody the role that they hold everywhere. Raises OwnAdminRole, LastAdmin, Invalid."""
    with change(by=by):
        _hold(user, by=by)
        if role != Role.ADMIN:
            _require_other_admin(user, by=by)
        return edit(user, role=role)


def make_admin(email: str) -> User:
    """Promote somebody by the word of whoever runs the installation. Raises UserNotFound."""
    with change():
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if not isinstance(user, User):
            raise UserNotFound(f"Nobody has the e-mail {email}. Register it first.")
        return edit(user, role=Role.ADMIN)


def _create(user: User, password: str, *, by: User) -> User:
    user.email = user.email.strip().lower()
    password_rules.require_good(password, of=user)
    user.set_password(password)
    with change(by=by):
        return insert(user, taken=EmailTaken(f"{user.email} has an account. Sign in, or take another e-mail."))


def _hold(user: User, *, by: User) -> None:
    """Lock the active admins, then the user: of two admins who demote each other, the second one sees the first."""
    policy.require(by, Action.MANAGE_USERS)
    list(_admins().select_for_update())
    hold(user)


def _require_other_admin(user: User, *, by: User) -> None:
    """Only for a user that is held, who would be admin no more."""
    if user.role != Role.ADMIN or not user.is_active:
        return
    if user.pk == by.pk:
        raise OwnAdminRole("You cannot take the admin role from yourself. Ask another admin.")
    if not _admins().exclude(pk=user.pk).exists():
        raise LastAdmin(f"{user.email} is the only active admin. Make somebody else an admin first.")


def _admins() -> Any:
    return User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk")
