"""What an experiment is measured by and how it is judged changes nobody's answer, so it is no revision."""

from collections.abc import Callable

import pytest

from accounts.models import Project, User
from evaluation.models import Head, Publication
from experiments.metrics.plans import update_plan
from experiments.metrics.services import archive_metric, create_metric, update_metric
from experiments.metrics.using import add_metric, remove_metric, set_metrics
from experiments.models import Experiment

pytestmark = pytest.mark.django_db


def test_metrics_and_plans_of_a_running_experiment_are_no_revision(
    started: Callable[..., Experiment], project: Project, bob: User
) -> None:
    experiment = started()
    before = (set(Head.objects.values_list("revision", flat=True)), Publication.objects.count())
    metric = create_metric(project, by=bob, key="a", kind="binomial", event="signed_up", margin=0.1)
    add_metric(experiment, "a", by=bob)
    set_metrics(experiment, [{"metric": "a", "role": "guardrail"}], by=bob)
    update_plan(experiment, by=bob, method="bayesian")
    update_metric(metric, by=bob, window_hours=24)
    remove_metric(experiment, "a", by=bob)
    archive_metric(metric, by=bob)
    assert (set(Head.objects.values_list("revision", flat=True)), Publication.objects.count()) == before
