"""The Django admin writes experiments through the same services: same checks, same policy, same history."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Environment, Project, User
from audit.models import Entry
from experiments.layers import create_layer
from experiments.life_cycle import move
from experiments.models import Allocation, Experiment, Holdout, Layer, Variant

Make = Callable[..., Experiment]


def form(**typed: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("name", "description", "hypothesis", "owner", "tags", "audience", "targeting_rules"), "")
    return {**empty, "flag": "", "layer": "", "layer_ranges": "", "salt": "a", "algorithm": "xxh64", **typed}


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:experiments_{model}_{page}", args=args)


@pytest.fixture
def bobs_admin(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def test_an_experiment_is_created_and_changed(bobs_admin: Client, alice: User, bob: User, staging: Environment) -> None:
    layer = create_layer(staging, by=alice, key="page")
    typed = form(key="colour", environment=staging.pk, owner=str(bob.pk))
    assert bobs_admin.post(address("experiment", "add"), typed).status_code == 302
    experiment = Experiment.objects.get()
    change = address("experiment", "change", experiment.pk)
    typed = form(layer=str(layer.pk), layer_ranges="[[0, 99]]", owner=str(bob.pk), targeting_rules="[{}]")
    assert bobs_admin.post(change, typed).status_code == 302
    experiment.refresh_from_db()
    assert (experiment.layer, experiment.layer_ranges, experiment.owner) == (layer, [[0, 99]], bob)
    assert list(experiment.targeting_rules[0]) == ["id"]
    assert {entry.actor for entry in Entry.objects.filter(subject="experiment")} == {bob.email}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("algorithm", "crc32", "Give one of"),
        ("layer_ranges", "[[0, 99]]", "Name the layer"),
        ("targeting_rules", '[{"conditions": [{"operator": "like"}]}]', "like"),
    ],
)
def test_what_services_refuse_is_a_form_error(
    bobs_admin: Client, drafted: Make, field: str, value: str, sentence: str
) -> None:
    experiment = drafted()
    answer = bobs_admin.post(address("experiment", "change", experiment.pk), form(**{field: value}))
    assert (answer.status_code, sentence in answer.content.decode()) == (200, True)


def test_once_started_the_salt_is_refused(bobs_admin: Client, started: Make) -> None:
    experiment = started()
    answer = bobs_admin.post(address("experiment", "change", experiment.pk), form(salt="another"))
    assert "has started, so its salt cannot change" in answer.content.decode()


@pytest.mark.parametrize(
    ("action", "status", "becomes"),
    [("start", "DRAFT", "RUNNING"), ("pause", "RUNNING", "PAUSED"), ("archive", "DRAFT", "ARCHIVED")],
)
def test_experiments_are_moved_by_actions(
    bobs_admin: Client, alice: User, drafted: Make, action: str, status: str, becomes: str
) -> None:
    experiment = drafted()
    if status == "RUNNING":
        move(experiment, status, by=alice)
    chosen = {"action": action, "_selected_action": [str(experiment.pk)]}
    bobs_admin.post(address("experiment", "changelist"), chosen)
    experiment.refresh_from_db()
    assert experiment.status == becomes


def test_a_move_that_is_not_possible_is_told(bobs_admin: Client, drafted: Make) -> None:
    chosen = {"action": "pause", "_selected_action": [str(drafted().pk)]}
    answer = bobs_admin.post(address("experiment", "changelist"), chosen, follow=True)
    assert "It can become RUNNING or ARCHIVED" in answer.content.decode()


def test_one_is_deleted_with_its_parts(bobs_admin: Client, drafted: Make) -> None:
    experiment = drafted()
    page = address("experiment", "delete", experiment.pk)
    assert bobs_admin.get(page).status_code == 200
    assert bobs_admin.post(page, {"post": "yes"}).status_code == 302
    assert not Experiment.objects.exists()


def test_variants_are_edited(bobs_admin: Client, drafted: Make) -> None:
    experiment = drafted()
    typed = {"experiment": experiment.pk, "key": "third", "name": "", "payload": '{"a": 1}'}
    assert bobs_admin.post(address("variant", "add"), typed).status_code == 302
    variant = Variant.objects.get(key="third")
    emptied = {**typed, "payload": "", "initial-payload": '{"a": 1}'}  # as the form has it where a default is drawn
    assert bobs_admin.post(address("variant", "change", variant.pk), emptied).status_code == 302
    variant.refresh_from_db()
    assert (variant.payload, variant.position) == ({}, 2)
    assert bobs_admin.post(address("variant", "delete", variant.pk), {"post": "yes"}).status_code == 302
    assert not Variant.objects.filter(key="third").exists()


def test_allocations_are_only_shown(bobs_admin: Client, drafted: Make) -> None:
    drafted()
    allocation = Allocation.objects.all()[0]
    assert bobs_admin.get(address("allocation", "change", allocation.pk)).status_code == 200
    assert bobs_admin.post(address("allocation", "delete", allocation.pk), {"post": "yes"}).status_code == 403


def test_a_layer_is_edited_and_stays_while_it_is_used(bobs_admin: Client, staging: Environment, drafted: Make) -> None:
    typed = {"environment": staging.pk, "key": "page", "name": "", "description": ""}
    assert bobs_admin.post(address("layer", "add"), typed).status_code == 302
    layer = Layer.objects.get()
    assert bobs_admin.post(address("layer", "change", layer.pk), {**typed, "name": "Page"}).status_code == 302
    drafted(layer="page")
    bobs_admin.post(address("layer", "delete", layer.pk), {"post": "yes"}, follow=True)
    assert Layer.objects.get().name == "Page"


def test_a_holdout_is_for_who_may_change_production(client: Client, alice: User, bob: User, project: Project) -> None:
    typed = {"project": project.pk, "key": "2026", "name": "", "description": "", "percentage": "2.5"}
    client.force_login(bob)
    assert "protected environment" in client.post(address("holdout", "add"), typed).content.decode()
    client.force_login(alice)
    assert client.post(address("holdout", "add"), typed).status_code == 302
    holdout = Holdout.objects.get()
    assert client.post(address("holdout", "change", holdout.pk), {**typed, "percentage": "3"}).status_code == 302
    assert client.post(address("holdout", "delete", holdout.pk), {"post": "yes"}).status_code == 302
    assert not Holdout.objects.exists()


def test_a_developer_changes_nothing_of_production(bobs_admin: Client, alice: User, production: Environment) -> None:
    layer = create_layer(production, by=alice, key="page")
    for page in ("change", "delete"):
        assert bobs_admin.post(address("layer", page, layer.pk), {"post": "yes"}).status_code == 403
    assert Layer.objects.get().version == 1
