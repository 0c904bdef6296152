"""The session of somebody's browser lives as long as their account and password do."""

import pytest
from django.test import Client

from accounts.models import User
from conftest import PASSWORD


@pytest.fixture
def browser(bob: User) -> Client:
    client = Client()
    client.post("/admin/login/", {"username": bob.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 200
    return client


def test_deactivated_users_session_dies_at_once(browser: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert browser.get("/admin/").status_code == 302


def test_new_password_ends_sessions(browser: Client, bob: User) -> None:
    bob.set_password("a new long secret")
    bob.save()
    assert browser.get("/admin/").status_code == 302


def test_deactivated_user_cannot_sign_in(eve: User) -> None:
    client = Client()
    client.post("/admin/login/", {"username": eve.email, "password": PASSWORD})
    assert client.get("/admin/").status_code == 302


def test_session_opens_no_api(browser: Client) -> None:
    assert browser.get("/api/auth/me").status_code == 401


def test_signing_in_is_no_edit(browser: Client, bob: User) -> None:
    bob.refresh_from_db()
    assert bob.last_login is not None
    assert "last_login" in User.unrecorded
