"""What the quickstart tells: credentials that work in this database, and nothing else."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.api_keys import revoke_key
from accounts.models import ApiKey, User
from flagplatform.quickstart.credentials import ADMIN, remembered, working
from flagplatform.quickstart.record import Record

pytestmark = pytest.mark.django_db


def test_first_start_makes_an_admin_whose_password_works() -> None:
    now = working(Record())
    admin = User.objects.get(email=ADMIN)
    assert admin.role == "admin"
    assert admin.check_password(now.admin_password)


def test_first_start_makes_a_key_of_each_kind_for_development() -> None:
    working(Record())
    keys = ApiKey.objects.values_list("kind", "environment__key")
    assert sorted(keys) == [("client", "development"), ("server", "development")]


def test_next_start_tells_the_same_and_makes_nothing() -> None:
    first = working(Record())
    assert working(first) == first
    assert ApiKey.objects.count() == 2


def test_changed_password_is_not_told() -> None:
    first = working(Record())
    admin = User.objects.get(email=ADMIN)
    admin.set_password("another long password")
    admin.save()
    again = working(first)
    assert (again.admin_email, again.admin_password) == (ADMIN, None)


@pytest.mark.parametrize("fields", [{"is_active": False}, {"role": "viewer"}])
def test_password_of_somebody_who_is_no_admin_any_more_is_not_told(alice: User, fields: dict[str, Any]) -> None:
    first = working(Record(admin_password="kept from another database"))
    User.objects.create_user(ADMIN, "a password that works", **{"role": "admin", **fields})
    assert first.admin_email is None
    assert working(Record(admin_password="a password that works")).admin_password is None


def test_installation_with_its_own_admin_gets_no_second_one(alice: User) -> None:
    now = working(Record())
    assert (now.admin_email, now.admin_password) == (None, None)
    assert not User.objects.filter(email=ADMIN).exists()


def test_revoked_key_is_neither_told_nor_replaced() -> None:
    first = working(Record())
    revoke_key(ApiKey.objects.get(kind="server"), by=User.objects.get(email=ADMIN), now=timezone.now())
    again = working(first)
    assert (again.server_key, again.client_key) == (None, first.client_key)
    assert ApiKey.objects.count() == 2


def test_password_that_another_database_knew_is_used_here_too() -> None:
    now = working(Record(admin_password="kept from another database"))
    assert now.admin_password == "kept from another database"
    assert User.objects.get(email=ADMIN).check_password("kept from another database")


def test_what_does_not_work_here_is_remembered_for_elsewhere() -> None:
    kept = Record(admin_password="elsewhere", server_key="fp_server_elsewhere")
    now = Record(url="http://127.0.0.1:8000", admin_email=ADMIN)
    assert remembered(kept, now) == Record(
        "http://127.0.0.1:8000", ADMIN, "elsewhere", server_key="fp_server_elsewhere"
    )
