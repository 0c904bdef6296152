"""The Django admin has every model of ours, and opens for each role as policy says."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User

ROOMS = ("accounts", "audit", "flags", "experiments", "evaluation")
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
FOR_ADMINS = {"User", "SignIn"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of(client: Client) -> Any:
    def client_of(user: User) -> Client:
        client.force_login(user)
        return client

    return client_of


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_there(model: Any) -> None:
    assert admin.site.is_registered(model)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_admin_opens_every_list(client_of: Any, alice: User, model: Any) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert client_of(alice).get(address).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_viewer_opens_lists_but_no_form_to_add(client_of: Any, charlie: User, model: Any) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed = client_of(charlie).get(reverse(f"{name}_changelist")).status_code
    assert listed in ((403,) if model.__name__ in FOR_ADMINS else (200, 403))
    assert client_of(charlie).get(reverse(f"{name}_add")).status_code == 403


@pytest.mark.parametrize("name", ["evaluation_head", "evaluation_publication", "audit_entry", "accounts_signin"])
def test_what_the_system_writes_nobody_adds(client_of: Any, alice: User, name: str) -> None:
    assert client_of(alice).get(reverse(f"admin:{name}_add")).status_code == 403
