"""How given values become a row: locked, checked against the row's own rules, and saved only where they differ."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError

from accounts.errors import Conflict, Invalid, NotFound
from accounts.json_values import same
from accounts.rows import Row

R = TypeVar("R", bound=Row)


def hold(row: Row) -> None:
    """Read the row again and lock it until the change ends. Raises NotFound where it was deleted in the meantime."""
    try:
        row.reload()
    except type(row).DoesNotExist:
        raise NotFound(f"{row} was deleted in the meantime.") from None


def insert(row: R, *, taken: Conflict) -> R:
    """Save a new row. Raises Invalid, and `taken` where another row has its name."""
    require_valid(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise taken from None
    return row


def is_outdated(if_match: str | None, etag: str) -> bool:
    """Whether If-Match names other versions than this one: a list of tags, compared weakly; `*` is any version."""
    if if_match is None or if_match.strip() == "*":
        return False
    return etag not in [tag.strip().removeprefix("W/") for tag in if_match.split(",")]


def delete_unless_needed(row: Row, needed: type[Conflict]) -> None:
    """Delete a row that is held. Raises `needed` where rows that stay hang on it."""
    try:
        with transaction.atomic():
            row.delete()
    except RestrictedError as error:
        users = sorted({f"{each._meta.verbose_name} {each}" for each in error.restricted_objects})
        raise needed(f"{row} is used by {', '.join(users)}. Take it out there first.") from None


def edit(row: R, **values: Any) -> R:
    """Put the values into a row that is held. Raises Invalid."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    require_valid(row)
    if not all(equal(getattr(row, name), before[name]) for name in values):
        row.save()
    return row


def equal(one: Any, other: Any) -> bool:
    """Whether two values of a field are stored alike: JSON is told apart more strictly than Python does it."""
    return same(one, other) if isinstance(one, dict | list) else bool(one == other)


def require_valid(row: Row) -> None:
    """Refuse a row that breaks its own rules. Raises Invalid."""
    related = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.full_clean(exclude=related, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise _invalid({name: list(map(str, sentences)) for name, sentences in error.message_dict.items()}) from error


def keep(row: Row, values: dict[str, Any], *names: str) -> dict[str, Any]:
    """The values without those that never change; they may be given as they are. Raises Invalid for any other."""
    changed = [name for name in names if name in values and values[name] != getattr(row, name)]
    if changed:
        raise _invalid({name: ["This cannot be changed here. Leave it out."] for name in changed})
    return {name: value for name, value in values.items() if name not in names}


def _invalid(fields: dict[str, list[str]]) -> Invalid:
    return Invalid("Some of the input is not valid; see fields.", fields=fields)
