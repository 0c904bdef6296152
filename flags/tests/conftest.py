"""What the tests of flags may ask for besides the cast: flags that stand, and a count of what was written."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from audit.models import Entry
from flags.models import Flag
from flags.services import create_flag

COLOURS: list[dict[str, Any]] = [{"key": "red", "value": "#f00"}, {"key": "blue", "value": "#00f"}]


@pytest.fixture
def checkout(project: Project, alice: User) -> Flag:
    """A boolean flag, off everywhere."""
    return create_flag(project, by=alice, key="checkout", name="Checkout")


@pytest.fixture
def share(project: Project, alice: User) -> Flag:
    """A percentage flag, off everywhere."""
    return create_flag(project, by=alice, key="share", flag_type="percentage")


@pytest.fixture
def colour(project: Project, alice: User) -> Flag:
    """A string flag with the variants red and blue, off everywhere."""
    return create_flag(project, by=alice, key="colour", flag_type="string", variants=COLOURS)


@pytest.fixture
def written(db: None) -> Callable[[], int]:
    """How many entries history has: the same before and after says that nothing was written."""
    return Entry.objects.count
