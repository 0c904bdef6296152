"""A new password ends what the old one had opened, whichever way it is set."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts import sessions
from accounts.models import SignIn, User
from accounts.tests.racing import failures, race
from conftest import PASSWORD

NEW = "a different long secret"


def change(client: Any, *, current: Any = PASSWORD, new: Any = NEW) -> Any:
    return client.post("/api/auth/password", {"current_password": current, "new_password": new})


def status(api: Any, token: str) -> int:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return int(client.get("/api/auth/me").status_code)


def test_wrong_current_password_changes_nothing(api: Any, bob: User) -> None:
    client = api(bob)
    answer = change(client, current="not my password")
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_password")
    assert list(answer.json()["fields"]) == ["current_password"]
    assert client.get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("new", ["short", "password123", "x" * 129, "bob@example.com", 5, None])
def test_bad_new_password_changes_nothing(api: Any, bob: User, new: Any) -> None:
    answer = change(api(bob), new=new)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["new_password"]
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_needs_a_sign_in(api: Any, db: None) -> None:
    assert change(api()).status_code == 401


def test_new_password_counts_and_the_old_one_does_not(api: Any, bob: User) -> None:
    assert change(api(bob)).status_code == 200
    login = [api().post("/api/auth/login", {"email": bob.email, "password": p}).status_code for p in (NEW, PASSWORD)]
    assert login == [200, 401]


def test_caller_gets_tokens_that_work(api: Any, bob: User) -> None:
    body = change(api(bob)).json()
    assert status(api, body["access_token"]) == 200
    assert api().post("/api/auth/refresh", {"refresh_token": body["refresh_token"]}).status_code == 200


def test_all_earlier_sign_ins_end(api: Any, bob: User) -> None:
    here, elsewhere = api(bob), api(bob)
    change(here)
    assert here.get("/api/auth/me").status_code == elsewhere.get("/api/auth/me").status_code == 401


def test_page_sessions_end(api: Any, bob: User) -> None:
    browser = Client()
    browser.force_login(bob)
    change(api(bob))
    assert browser.get("/admin/").status_code == 302


def test_password_set_in_a_shell_ends_sign_ins_too(bob: User) -> None:
    tokens = sessions.sign_in(bob.email, PASSWORD)
    bob.set_password(NEW)
    bob.save()
    with pytest.raises(sessions.SignInEnded):
        sessions.refresh(tokens.refresh_token)


def test_other_edits_of_a_user_end_nothing(bob: User) -> None:
    tokens = sessions.sign_in(bob.email, PASSWORD)
    bob.refresh_from_db()
    bob.name = "Robert"
    bob.save()
    assert sessions.refresh(tokens.refresh_token).user.name == "Robert"


def test_password_that_was_changed_meanwhile_is_not_changed_again(bob: User) -> None:
    stale = User.objects.get(pk=bob.pk)
    sessions.change_password(bob, current=PASSWORD, new=NEW)
    with pytest.raises(sessions.PasswordChanged):
        sessions.change_password(stale, current=PASSWORD, new="yet another long secret")
    assert User.objects.get(pk=bob.pk).check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_wins_and_one_sign_in_is_left(bob: User) -> None:
    def change_to(new: str) -> Any:
        return lambda: sessions.change_password(User.objects.get(pk=bob.pk), current=PASSWORD, new=new)

    results = race(change_to("the first new secret"), change_to("the second new secret"))
    assert len(failures(results)) == 1
    assert SignIn.objects.filter(ended_at=None).count() == 1


def test_command_of_django_that_sets_passwords_ends_sign_ins(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = sessions.sign_in(bob.email, PASSWORD)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", bob.email, stdout=StringIO())
    with pytest.raises(sessions.SignInEnded):
        sessions.refresh(tokens.refresh_token)
