"""An event is taken where it names what there is, whatever state that is in: events come late."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Environment, Project, User
from experiments.events.names import Names, judge, load_names
from experiments.life_cycle import move
from experiments.models import Experiment, Metric
from experiments.tests.events.given import exposure, item, purchase
from flags.models import Flag


@pytest.fixture
def names(drafted: Callable[..., Experiment], button: Flag, project: Project, staging: Environment) -> Names:
    drafted()
    Metric.objects.create(project=project, key="sales", kind="mean", event="purchase", archived_at=timezone.now())
    Metric.objects.create(project=project, key="r", kind="ratio", event="clicks", denominator_event="views")
    return load_names(str(staging.pk))


def codes(names: Names, *given: dict[str, Any]) -> list[str | None]:
    verdicts = [judge(item(each), names) for each in given]
    return [verdict and verdict.code for verdict in verdicts]


def test_what_there_is_may_be_named(names: Names) -> None:
    on_flag = exposure(experiment=None, flag="button", variant="treatment")
    known = [exposure(), on_flag, purchase(), purchase(name="clicks"), purchase(name="views")]
    assert codes(names, *known) == [None] * 5


def test_what_there_is_not_is_refused(names: Names) -> None:
    on_flag = exposure(experiment=None, flag="button")
    unknown = [exposure(experiment="x"), exposure(variant="x"), {**on_flag, "flag": "x"}, {**on_flag, "variant": "x"}]
    expected = ["unknown_experiment", "unknown_variant", "unknown_flag", "unknown_variant", "unknown_metric_event"]
    assert codes(names, *unknown, purchase(name="sales")) == expected


def test_another_environment_has_the_flags_and_metrics_and_not_the_experiments(
    names: Names, production: Environment
) -> None:
    elsewhere = load_names(str(production.pk))
    assert (elsewhere.flags, elsewhere.events, elsewhere.experiments) == (names.flags, names.events, {})


@pytest.mark.django_db
def test_an_environment_that_is_gone_has_nothing() -> None:
    assert load_names("6a0f3a52-0f0e-4a0f-9a0e-3c1f6f1a2b3c") == Names()


def test_names_are_known_also_of_what_is_archived(
    started: Callable[..., Experiment],
    button: Flag,
    project: Project,
    alice: User,
    staging: Environment,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    move(started("colour", flag="button"), "ARCHIVED", by=alice)
    Metric.objects.create(project=project, key="a", kind="ratio", event="signed_up", denominator_event="visit")
    Metric.objects.create(project=project, key="b", kind="mean", event="left", archived_at=timezone.now())
    with django_assert_num_queries(4):
        known = load_names(str(staging.pk))
    assert known.experiments == {"colour": frozenset({"control", "treatment"})}
    assert known.flags["button"] == frozenset({"control", "treatment"})
    assert known.events == {"signed_up", "visit", "left"}
