"""What the tests of history may ask for besides the cast: a client that reads."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User


@pytest.fixture
def viewer(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    """Charlie's client: any role may read history."""
    return api(charlie)
