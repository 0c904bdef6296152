"""Values that tests set by hand, for every client of this process."""

from collections.abc import Mapping
from typing import Any

values: Mapping[str, Any] = {}


def put(changed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Override with exactly these values from now on; those that stood before."""
    global values
    before, values = values, dict(changed)
    return before
