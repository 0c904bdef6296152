"""What the worker clears away, and what it leaves."""

import uuid
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts.models import SignIn, User
from flagplatform import housekeeping

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def sign_in(user: User, expires_at: datetime) -> SignIn:
    return SignIn.objects.create(user=user, refresh_id=uuid.uuid4(), expires_at=expires_at)


def test_expired_sign_ins_are_deleted_and_living_ones_stay(alice: User) -> None:
    now = timezone.now()
    sign_in(alice, now - HOUR)
    living = sign_in(alice, now + HOUR)
    assert housekeeping.keep_house(now)["forget_sign_ins"] == 1
    assert SignIn.objects.get() == living


def test_expired_page_sessions_are_deleted_and_living_ones_stay() -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - HOUR)
    Session.objects.create(session_key="new", session_data="", expire_date=now + HOUR)
    assert housekeeping.keep_house(now)["forget_sessions"] == 1
    assert Session.objects.get().session_key == "new"


def test_failing_job_leaves_the_others_to_run(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> int:
        raise RuntimeError("broken")

    now = timezone.now()
    sign_in(alice, now - HOUR)
    monkeypatch.setattr(housekeeping, "JOBS", (broken, *housekeeping.JOBS))
    others = {job.__name__: 0 for job in housekeeping.JOBS[1:]}
    assert housekeeping.keep_house(now) == {**others, "forget_sign_ins": 1}


def test_worker_says_what_it_did(alice: User) -> None:
    sign_in(alice, timezone.now() - HOUR)
    out = StringIO()
    call_command("worker", once=True, stdout=out)
    assert out.getvalue() == "worker: forget_sign_ins 1\n"
