"""What has to be done from time to time, whoever asks nothing: each job is one function of the instant."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.contrib.sessions.models import Session

from accounts.models import SignIn
from evaluation import usage_rows

logger = logging.getLogger(__name__)


def forget_sign_ins(now: datetime) -> int:
    """Delete the sign-ins whose last refresh token has expired; returns how many."""
    return SignIn.objects.filter(expires_at__lt=now).delete()[0]


def forget_sessions(now: datetime) -> int:
    """Delete the pages' sessions that have expired; returns how many."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]


def roll_up_usage(now: datetime) -> int:
    """Sum old minutes of usage up to hours; returns how many."""
    return usage_rows.roll_up(now)


def forget_usage(now: datetime) -> int:
    """Delete usage that is too old to be asked for; returns how many counts."""
    return usage_rows.forget(now)


JOBS: tuple[Callable[[datetime], int], ...] = (forget_sign_ins, forget_sessions, roll_up_usage, forget_usage)


def keep_house(now: datetime) -> dict[str, int]:
    """Do every job; what each of them did, by its name. A job that fails is logged and leaves the others to run."""
    done = {}
    for job in JOBS:
        try:
            done[job.__name__] = job(now)
        except Exception:
            logger.exception("%s failed and is tried again in the next round", job.__name__)
    return done
