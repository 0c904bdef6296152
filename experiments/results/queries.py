"""Which reports of an experiment there are, and which of them a number from outside means."""

from django.db.models import F, QuerySet

from accounts.errors import NotFound
from experiments.models import Experiment, Report


class ReportNotFound(NotFound):
    """The experiment has no report of this id."""

    code = "report_not_found"


def newest_report(experiment: Experiment) -> Report | None:
    return experiment.reports.first()


def find_report(experiment: Experiment, report_id: int) -> Report:
    """Raises ReportNotFound."""
    found: Report | None = experiment.reports.filter(pk=report_id).first()
    if found is None:
        raise ReportNotFound(
            f"Experiment {experiment.key} has no report {report_id}; old ones are removed but for one a day. "
            "List its reports to see which there are."
        )
    return found


def list_reports(experiment: Experiment) -> QuerySet[Report]:
    """The newest first, with their verdicts and without the rest of their documents."""
    return (
        experiment.reports.order_by("-made_at", "-pk")
        .defer("document", "question")
        .annotate(verdict=F("document__verdict"))
    )
