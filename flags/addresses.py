"""Where the pages of one flag or audience are."""

from typing import Any

from accounts.pages import address
from flags.models import Audience, Flag

_TAKEN = (".", "..", "new")  # browsers resolve the dots away, and "new" is the page that makes one


def flag_address(flag: Flag, page: str = "flag-detail", **query: Any) -> str:
    """The address of one of the flag's pages, by its key or, where that does not fit into an address, by its id."""
    named = str(flag.pk) if flag.key in _TAKEN else flag.key
    return address(page, named, project=flag.project.key, **query)


def audience_address(audience: Audience, page: str = "audience-detail") -> str:
    """The address of one of the audience's pages, as that of a flag."""
    named = str(audience.pk) if audience.key in _TAKEN else audience.key
    environment = audience.environment
    return address(page, named, project=environment.project.key, environment=environment.key)
