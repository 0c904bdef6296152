"""What tests of what is published start from: clients, and experiments that were made by their services."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from experiments.tests.conftest import drafted, started

__all__ = ["developer", "drafted", "reader", "started"]


@pytest.fixture
def reader(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    """Charlie's client: any role may read what was published."""
    return api(charlie)


@pytest.fixture
def developer(api: Callable[[User], APIClient], bob: User) -> APIClient:
    return api(bob)
