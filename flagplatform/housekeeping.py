"""What has to be done from time to time, whoever asks nothing: each job is one function of the instant."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.contrib.sessions.models import Session
from django.utils.module_loading import import_string

from accounts.models import SignIn
from evaluation import usage_rows
from experiments.analysis import kept_files
from experiments.models import Event, EventPart
from experiments.results import pruning, schedule
from experiments.results.making import asked_now

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


def ask_for_reports(now: datetime) -> int:
    """Ask for the results that are due; returns how many."""
    return schedule.ask_for_due_reports(now, asked_now=asked_now)


def forget_jobs(now: datetime) -> int:
    """Delete the analysis jobs that were over a week ago; returns how many."""
    return pruning.forget_jobs(now)


def forget_reports(now: datetime) -> int:
    """Delete older reports but for one a day; returns how many."""
    return pruning.forget_reports(now)


def compact_events(now: datetime) -> int:
    """Bring events from the intake to where they are analysed; returns how many."""
    return _of_events("compact", now)


def merge_events(now: datetime) -> int:
    """Make one part of many where a day is over; returns how many went into others."""
    return _of_events("merge", now)


def forget_events(now: datetime) -> int:
    """Let go of events that are kept long enough; returns how many rows and parts."""
    return _of_events("forget", now)


def delete_parts(now: datetime) -> int:
    """Delete parts that nobody reads any more; returns how many."""
    return _of_events("delete_retired", now)


def remove_litter(now: datetime) -> int:
    """Remove what killed processes left where events lie; returns how many files."""
    return _of_events("remove_litter", now)


def forget_known_days(now: datetime) -> int:
    """Delete what was known of days and is of no use any more; returns how many files."""
    return kept_files.forget_unused(kept_files.kept_folder(), now=now)


JOBS: tuple[Callable[[datetime], int], ...] = (
    forget_sign_ins,
    forget_sessions,
    roll_up_usage,
    forget_usage,
    compact_events,
    merge_events,
    forget_events,
    delete_parts,
    remove_litter,
    forget_known_days,
    ask_for_reports,
    forget_jobs,
    forget_reports,
)


def _of_events(chore: str, now: datetime) -> int:
    """Where there never was an event, nothing is done: the engines would double what the worker takes of memory."""
    if not (Event.objects.exists() or EventPart.objects.exists()):
        return 0
    done: int = import_string(f"flagplatform.event_keeping.{chore}")(now)
    return done


def keep_house(now: datetime) -> dict[str, int]:
    """Do every job; what each of them did, by its name. A job that fails is logged and leaves the others to run."""
    done = {}
    for job in JOBS:
        try:
            done[job.__name__] = job(now)
        except Exception:
            logger.exception("%s failed and is tried again in the next round", job.__name__)
    return done
