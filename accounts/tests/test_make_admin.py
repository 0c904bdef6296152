"""`manage.py make_admin EMAIL` makes the first admin, or says who is missing and fails."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


def run(email: str) -> str:
    out = StringIO()
    call_command("make_admin", email, stdout=out)
    return out.getvalue()


def test_registered_user_becomes_an_admin(charlie: User) -> None:
    assert run("charlie@example.com") == "charlie@example.com is an admin.\n"
    assert User.objects.get(pk=charlie.pk).role == "admin"


def test_case_of_the_email_does_not_matter(charlie: User) -> None:
    run("Charlie@Example.com")
    assert User.objects.get(pk=charlie.pk).role == "admin"


def test_twice_is_as_good_as_once(charlie: User) -> None:
    run(charlie.email)
    version = User.objects.get(pk=charlie.pk).version
    run(charlie.email)
    assert User.objects.get(pk=charlie.pk).version == version


def test_unknown_email_fails_with_exit_code_1(db: None) -> None:
    with pytest.raises(CommandError, match=r"Nobody has the e-mail nobody@example.com\. Register it first\.") as failed:
        run("nobody@example.com")
    assert failed.value.returncode == 1


def test_deactivated_user_is_promoted_and_stays_out(eve: User) -> None:
    eve.role = "viewer"
    eve.save()
    assert "deactivated" in run(eve.email)
    eve.refresh_from_db()
    assert (eve.role, eve.is_active) == ("admin", False)
