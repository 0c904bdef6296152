"""What tests of pages ask for: browsers without JavaScript that somebody is signed in with, and a flag to look at."""

import pytest
from django.test import Client

from accounts.models import Project, User
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse


@pytest.fixture
def browse(db: None) -> Browse:
    """`browse(bob)` is a browser in which Bob is signed in; in `browse()` nobody is."""

    def client(user: User | None = None) -> Client:
        found = Client()
        if user is not None:
            found.force_login(user)
        return found

    return client


@pytest.fixture
def flag(project: Project, alice: User) -> Flag:
    return services.create_flag(project, by=alice, key="new-search", name="New search")


@pytest.fixture
def colours(project: Project, alice: User) -> Flag:
    variants = [{"key": "blue", "value": "#00f"}, {"key": "green", "value": "#0f0"}]
    return services.create_flag(project, by=alice, key="button-colour", flag_type="string", variants=variants)
