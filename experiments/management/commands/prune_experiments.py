"""`manage.py prune_experiments --older-than 180d`: remove the experiments that have been archived for that long."""

import re
from argparse import ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from experiments.models import Experiment
from experiments.pruning import list_archived, prune

_DAYS = {"d": 1, "w": 7}
_MOST = 36_500  # days: a hundred years


class Command(BaseCommand):
    help = "Remove experiments that were archived longer ago than this, with their variants. Their history stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than", type=_span, required=True, metavar="180d", help="days (180d) or weeks (26w) since archived"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say which they are; remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        found = list_archived(before=timezone.now() - options["older_than"])
        if options["dry_run"]:
            for experiment in found:
                self.stdout.write(f"Would remove {_told(experiment)}")
            return
        removed = 0
        for experiment in prune(found):
            self.stdout.write(f"Removed {_told(experiment)}")
            removed += 1
        self.stdout.write(f"{removed} removed.")


def _told(experiment: Experiment) -> str:
    environment = experiment.environment
    return (
        f"experiment {experiment.key} of {environment.key} in project {environment.project.key}, "
        f"archived on {experiment.archived_at:%Y-%m-%d}"
    )


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dw])", text)
    days = int(found[1]) * _DAYS[found[2]] if found else 0
    if not 0 < days <= _MOST:
        raise ArgumentTypeError("give a number of days or weeks, as in 180d or 26w")
    return timedelta(days=days)
