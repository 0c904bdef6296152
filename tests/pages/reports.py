"""Reports for tests of pages."""

from django.utils import timezone

from experiments.analysis.sums import Sums
from experiments.models import Experiment, Report
from experiments.results.asked import Asked
from experiments.tests.results import making


def reported(experiment: Experiment, asked: Asked, sums: Sums) -> Report:
    """What these sums say, as the experiment's newest report."""
    now = timezone.now()
    return Report.objects.create(
        experiment=experiment,
        made_at=now,
        received_until=now,
        revision_from=3,
        revision_to=9,
        data_digest=sums.digest,
        question={},
        document=making.report(asked, sums),
    )
