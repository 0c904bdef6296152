"""`manage.py analysis_sql EXPERIMENT --dialect bigquery`: an experiment's sums as SQL for a team's own warehouse."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.errors import Refusal
from accounts.queries import find_environment, find_project
from experiments.analysis.dialects import DIALECTS
from experiments.analysis.warehouse import Tables, statement_of
from experiments.metrics.questions import question_of
from experiments.queries import find_experiment


class Command(BaseCommand):
    help = "Print the SQL that computes an experiment's sums from tables of your own warehouse. It reads no events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("experiment", help="key or id")
        parser.add_argument("--dialect", required=True, choices=sorted(DIALECTS))
        parser.add_argument("--environment", default="", help="where it is, where several have one")
        parser.add_argument("--project", default="", help="key or id; `default` where none is named")
        parser.add_argument("--exposures", default="exposures", metavar="TABLE", help="as in catalog.schema.table")
        parser.add_argument("--metric-events", default="metric_events", metavar="TABLE")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            project = find_project(options["project"])
            named = options["environment"]
            environment = find_environment(project, named) if named else None
            experiment = find_experiment(project, options["experiment"], environment=environment)
            question = question_of(experiment, now=now, received_until=now)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        tables = Tables(options["exposures"], options["metric_events"])
        self.stdout.write(statement_of(question, dialect=options["dialect"], tables=tables))
