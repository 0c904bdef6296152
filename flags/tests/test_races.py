"""People who edit the same flag at the same moment: each edit is whole, and who comes second is told."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from accounts.tests.racing import race
from audit.models import Entry
from flags.models import Flag, FlagConfig
from flags.services import update_config

pytestmark = pytest.mark.django_db(transaction=True)

Api = Callable[[User], APIClient]


def test_one_of_two_editors_of_the_same_version_wins(api: Api, alice: User, bob: User, share: Flag) -> None:
    path, read = "/flags/share?environment_key=staging", '"1.0"'
    clients = [api(alice), api(bob)]
    edits = [
        lambda c=client, n=n: c.put(path, {"rollout_percentage": n}, headers={"If-Match": read}).status_code
        for n, client in enumerate(clients, 1)
    ]
    codes = race(*edits)
    assert sorted(codes) == [200, 412]
    assert FlagConfig.objects.get().rollout_percentage == codes.index(200) + 1
    assert Entry.objects.filter(subject="flag_config").count() == 1


def test_one_of_two_creations_of_the_same_key_wins(api: Api, alice: User, bob: User, project: Project) -> None:
    clients = [api(alice), api(bob)]
    codes = race(*[lambda c=client: c.post("/flags", {"key": "checkout"}).status_code for client in clients])
    assert sorted(codes) == [201, 409]
    assert Entry.objects.filter(subject="flag").count() == 1


def test_edits_of_different_fields_keep_each_other(bob: User, share: Flag, staging: Environment) -> None:
    def edit(**fields: Any) -> None:
        update_config(Flag.objects.get(), staging, by=bob, **fields)

    race(lambda: edit(is_enabled=True), lambda: edit(rollout_percentage=30), lambda: edit(off_variant="on"))
    config = FlagConfig.objects.get()
    assert (config.is_enabled, config.rollout_percentage, config.off_variant) == (True, 30, "on")
    assert config.version == 3
