"""`manage.py verify_report`: compute stored reports again, and say exactly where one cannot be repeated."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from experiments.models import Experiment, Report
from experiments.results.verifying import Verification, verify


class Command(BaseCommand):
    help = "Compute stored reports again from the events; exit code 1 where a number or the events differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("report", type=int, nargs="?", metavar="REPORT_ID")
        parser.add_argument("--experiment", metavar="KEY", help="the newest report of this experiment")
        parser.add_argument("--environment", metavar="KEY", help="where it is, where several have one")
        parser.add_argument("--project", metavar="KEY", default="default", help="default: %(default)s")
        parser.add_argument("--all", action="store_true", help="every report that is kept")
        parser.add_argument("--json", action="store_true", help="one JSON object per report and line")

    def handle(self, *args: Any, **options: Any) -> None:
        now, count, wrong = timezone.now(), 0, 0
        for report in _meant(options).select_related("experiment").iterator(chunk_size=10):
            found = verify(report, now=now)
            count, wrong = count + 1, wrong + (not found.is_verified)
            self.stdout.write(_in_json(found) if options["json"] else _in_words(found))
        if count == 0:
            raise CommandError("There is no such report. GET /api/experiments/{key}/reports lists those there are.")
        if wrong:
            raise CommandError(f"{wrong} of {count} cannot be repeated.")


def _meant(options: dict[str, Any]) -> QuerySet[Report]:
    ways = [name for name in ("report", "experiment", "all") if options[name]]
    if len(ways) != 1:
        raise CommandError("Name a report by its id, an experiment by --experiment KEY, or take --all of them.")
    reports = Report.objects.order_by("pk")
    if options["all"]:
        return reports
    if options["report"]:
        return reports.filter(pk=options["report"])
    return reports.filter(experiment=_experiment(options)).order_by("-made_at", "-pk")[:1]


def _experiment(options: dict[str, Any]) -> Experiment:
    named: QuerySet[Experiment] = Experiment.objects.filter(
        key=options["experiment"], environment__project__key=options["project"]
    ).select_related("environment")
    found = list(named.filter(environment__key=options["environment"]) if options["environment"] else named)
    if len(found) == 1:
        return found[0]
    if found:
        where = ", ".join(sorted(experiment.environment.key for experiment in found))
        raise CommandError(f"{where} each have an experiment {options['experiment']}: name one with --environment.")
    raise CommandError(f"There is no experiment {options['experiment']} there. Check --environment and --project.")


def _in_json(found: Verification) -> str:
    return json.dumps({**asdict(found), "is_verified": found.is_verified})


def _in_words(found: Verification) -> str:
    name = f"report {found.report_id} of {found.experiment}"
    if found.is_verified:
        return f"{name}: verified"
    return "\n".join([f"{name}: differs", *(f"  {difference}" for difference in found.differences)])
