"""`manage.py analysis_sql` prints an experiment's sums for a warehouse, and says what keeps it from it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Environment
from experiments.models import Experiment, ExperimentMetric, Metric, Variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkout() -> Experiment:
    staging = Environment.objects.get(key="staging")
    experiment = Experiment.objects.create(environment=staging, key="checkout")
    Variant.objects.create(experiment=experiment, key="control")
    metric = Metric.objects.create(project=staging.project, key="orders", kind="count", event="order_paid")
    ExperimentMetric.objects.create(experiment=experiment, metric=metric)
    return experiment


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("analysis_sql", *arguments, "--environment", "staging", "--dialect", "snowflake", stdout=out)
    return out.getvalue()


def test_it_prints_a_statement_over_the_named_tables(checkout: Experiment) -> None:
    Experiment.objects.filter(pk=checkout.pk).update(started_at=timezone.now())
    written = printed("checkout", "--exposures", "shop.raw.seen", "--metric-events", "did")
    assert '"shop"."raw"."seen"' in written
    assert "'order_paid'" in written


def test_it_says_what_is_missing(checkout: Experiment) -> None:
    with pytest.raises(CommandError, match="has not started"):
        printed("checkout")
    with pytest.raises(CommandError, match="no experiment shop"):
        printed("shop")
