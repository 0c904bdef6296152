"""Which passwords are good enough: what the installation's validators say, and a longest length."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.errors import Invalid
from accounts.models import User

MAX_LENGTH = 128


class WeakPassword(Invalid):
    """The password is too long, too short, too common, or too much like its owner."""

    code = "weak_password"


def require_good(password: str, *, of: User, field: str = "password") -> None:
    """Refuse a password that this person should not have. Raises WeakPassword about the input field."""
    problems = _problems(password, of)
    if problems:
        raise WeakPassword("This password is not good enough; see fields.", fields={field: problems})


def _problems(password: str, of: User) -> list[str]:
    if len(password) > MAX_LENGTH:
        return [f"This password is too long. It must contain at most {MAX_LENGTH} characters."]
    try:
        validate_password(password, user=of)
    except ValidationError as error:
        return list(error.messages)
    return []
