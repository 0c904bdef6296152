"""Rows count their saves, and bulk writes pass history by no more than single ones do."""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.changes import Change, closing
from accounts.models import Environment, Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def actions() -> Iterator[list[str]]:
    seen: list[str] = []

    def listen(sender: type, change: Change, **_: Any) -> None:
        seen.extend(write.action for write in change.writes)

    closing.connect(listen)
    yield seen
    closing.disconnect(listen)


def test_version_counts_saves(project: Project) -> None:
    version = project.version
    project.save()
    project.save()
    assert Project.objects.get().version == version + 2


def test_version_is_saved_with_chosen_fields_too(project: Project) -> None:
    version, at = project.version, project.updated_at
    project.save(update_fields=["name"])
    standing = Project.objects.get()
    assert standing.version == version + 1
    assert standing.updated_at > at


def test_version_goes_on_from_what_is_stored(project: Project) -> None:
    stale = Project.objects.get()
    project.save()
    stale.save()
    assert Project.objects.get().version == project.version + 1


def test_bulk_update_writes_each_row(project: Project, actions: list[str]) -> None:
    assert Environment.objects.update(description="x") == 3
    assert actions == ["update"] * 3
    assert set(Environment.objects.values_list("description", "version")) == {("x", 2)}


def test_bulk_methods_are_noted_row_by_row(project: Project, actions: list[str]) -> None:
    made = Environment.objects.bulk_create([Environment(project=project, key=key, name=key) for key in "ab"])
    made[0].description = "x"
    Environment.objects.bulk_update(made, ["description"])
    Environment.objects.filter(key__in="ab").delete()
    assert actions == ["create"] * 2 + ["update"] * 2 + ["delete"] * 2


def test_reload_takes_what_is_stored(project: Project) -> None:
    project.name = "typed and not saved"
    assert project.reload().name == "Default"
