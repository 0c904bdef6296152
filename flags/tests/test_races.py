"""People who edit the same flag at the same moment: each edit is whole, and who comes second is told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from audit.models import Entry
from flags.models import Flag, FlagConfig
from flags.services import update_config

pytestmark = pytest.mark.django_db(transaction=True)

Api = Callable[[User], APIClient]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make these calls at the same moment, each on a connection of its own; what they gave, in order."""
    start = threading.Barrier(len(calls))
    found: list[Any] = [None] * len(calls)

    def run(at: int) -> None:
        start.wait(10)
        try:
            found[at] = calls[at]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_one_of_two_editors_of_the_same_version_wins(api: Api, alice: User, bob: User, share: Flag) -> None:
    path, read = "/flags/share?environment_key=staging", '"1.0"'
    clients = [api(alice), api(bob)]
    edits = [
        lambda c=client, n=n: c.put(path, {"rollout_percentage": n}, headers={"If-Match": read}).status_code
        for n, client in enumerate(clients, 1)
    ]
    codes = at_once(*edits)
    assert sorted(codes) == [200, 412]
    assert FlagConfig.objects.get().rollout_percentage == codes.index(200) + 1
    assert Entry.objects.filter(subject="flag_config").count() == 1


def test_one_of_two_creations_of_the_same_key_wins(api: Api, alice: User, bob: User, project: Project) -> None:
    clients = [api(alice), api(bob)]
    codes = at_once(*[lambda c=client: c.post("/flags", {"key": "checkout"}).status_code for client in clients])
    assert sorted(codes) == [201, 409]
    assert Entry.objects.filter(subject="flag").count() == 1


def test_edits_of_different_fields_keep_each_other(bob: User, share: Flag, staging: Environment) -> None:
    def edit(**fields: Any) -> None:
        update_config(Flag.objects.get(), staging, by=bob, **fields)

    at_once(lambda: edit(is_enabled=True), lambda: edit(rollout_percentage=30), lambda: edit(off_variant="on"))
    config = FlagConfig.objects.get()
    assert (config.is_enabled, config.rollout_percentage, config.off_variant) == (True, 30, "on")
    assert config.version == 3
