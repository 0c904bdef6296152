"""Where the pages of one flag are."""

from typing import Any

from accounts.pages import address
from flags.models import Flag

_TAKEN = (".", "..", "new")  # browsers resolve the dots away, and "new" is the page that makes a flag


def flag_address(flag: Flag, page: str = "flag-detail", **query: Any) -> str:
    """The address of one of the flag's pages, by its key or, where that does not fit into an address, by its id."""
    named = str(flag.pk) if flag.key in _TAKEN else flag.key
    return address(page, named, project=flag.project.key, **query)
