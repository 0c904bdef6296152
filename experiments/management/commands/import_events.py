"""`manage.py import_events FILE`: exposures and metric events of the past, out of a CSV or Parquet file."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.errors import Refusal
from accounts.queries import find_environment, find_project
from experiments.analysis.import_files import Unreadable, read_rows
from experiments.analysis.importing import MOST_TOLD, Import, Outcome, StoreKeepsChanging, import_events
from experiments.analysis.stores import store_for

_KINDS = {"exposures": "exposure", "metrics": "metric"}


class Command(BaseCommand):
    help = "Import past events from a CSV or Parquet file. Importing a file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="Parquet where it is called so (.parquet, .pq), else CSV in UTF-8")
        parser.add_argument("--project", default="", metavar="KEY", help="key or id; `default` where none is named")
        parser.add_argument(
            "--environment", default="production", metavar="KEY", help="where to; `production` if not named"
        )
        parser.add_argument("--kind", choices=sorted(_KINDS), help="what rows without a column `type` are")
        parser.add_argument(
            "--map", nargs="+", action="extend", default=[], type=_pair, metavar="COLUMN=NAME",
            help="which field a column of another name is, as in --map uid=user_key ts=timestamp",
        )  # fmt: skip
        parser.add_argument(
            "--allow-unknown",
            action="store_true",
            help="take experiments, variants and metric events that do not exist",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would come of it; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            environment = find_environment(find_project(options["project"]), options["environment"])
            how = Import(
                environment=environment,
                now=timezone.now(),
                kind=_KINDS.get(options["kind"], ""),
                allow_unknown=options["allow_unknown"],
                dry_run=options["dry_run"],
                days_kept=settings.EVENTS_DAYS,
            )
            rows = read_rows(options["file"], names=dict(options["map"]))
            outcome = import_events(rows, store_for(), how=how, tell=self._tell)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        except (Unreadable, StoreKeepsChanging) as error:
            raise CommandError(str(error)) from error
        self._report(outcome, is_dry=options["dry_run"])

    def _tell(self, what: str) -> None:
        self.stdout.write(what)
        self.stdout.flush()

    def _report(self, outcome: Outcome, *, is_dry: bool) -> None:
        for line, reason in outcome.faults:
            self.stderr.write(f"line {line:,}: {reason}")
        not_told = outcome.rejected - outcome.unknown_rejected - len(outcome.faults)
        if not_told > 0:
            self.stderr.write(f"… and {not_told:,} more rows; the first {MOST_TOLD} are told.")
        for sentence, count in outcome.unknown.most_common():
            self.stderr.write(f"{count:,} rows: {sentence}")
        self.stdout.write(
            f"{outcome.rows:,} rows: {outcome.added:,} {'would be ' if is_dry else ''}added, "
            f"{outcome.known:,} known already, {outcome.rejected:,} rejected."
        )


def _pair(text: str) -> tuple[str, str]:
    column, is_pair, name = text.partition("=")
    if not (column and is_pair and name):
        raise ArgumentTypeError(f"{text} is no pair: write COLUMN=NAME, as in uid=user_key")
    return column, name
