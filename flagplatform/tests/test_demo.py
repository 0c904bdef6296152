"""The demo project: every shape of flag, made by people, and made once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project, User
from audit.models import Entry
from evaluation.models import Head, Publication
from experiments.models import Experiment, ExperimentMetric, Metric
from flagplatform import demo
from flags.models import Flag, FlagConfig

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(alice: User) -> User:
    assert demo.seed(by=alice)
    return alice


def test_demo_shows_every_type_and_purpose(seeded: User) -> None:
    assert set(Flag.objects.values_list("flag_type", flat=True)) == set(Flag.Type.values)
    assert set(Flag.objects.values_list("purpose", flat=True)) == set(Flag.Purpose.values)
    assert Flag.objects.count() == 12
    assert Flag.objects.exclude(archived_at=None).count() == 1


def test_demo_flags_explain_themselves(seeded: User) -> None:
    for flag in Flag.objects.all():
        assert flag.name
        assert flag.description
        assert flag.tags
        assert flag.owner


def test_checkout_is_rolled_out_to_30_percent_in_production(seeded: User, production: object) -> None:
    config = FlagConfig.objects.get(flag__key=demo.SHOWN, environment=production)
    assert (config.is_enabled, config.rollout_percentage) == (True, 30)


def test_demo_is_one_revision_of_each_environment(seeded: User) -> None:
    assert set(Head.objects.values_list("revision", flat=True)) == {1}
    assert Publication.objects.filter(kind="flag").count() == 11 * 3
    assert Publication.objects.filter(kind="experiment").count() == 2


def test_demo_has_an_experiment_on_its_own_one_on_a_flag_and_a_draft(seeded: User) -> None:
    found = Experiment.objects.order_by("key").values_list("key", "flag__key", "status")
    assert list(found) == [
        ("free-delivery", None, "RUNNING"),
        ("magazine-home-page", "home-page-layout", "RUNNING"),
        ("search-hints", None, "DRAFT"),
    ]


def test_demo_measures_what_runs_by_goals_and_guardrails(seeded: User) -> None:
    assert set(Metric.objects.values_list("kind", flat=True)) == {"binomial", "mean", "quantile"}
    uses = ExperimentMetric.objects.values_list("experiment__key", "metric__key", "role")
    assert set(uses) == {
        ("free-delivery", "order-placed", "goal"),
        ("free-delivery", "revenue-per-user", "guardrail"),
        ("magazine-home-page", "revenue-per-user", "goal"),
        ("magazine-home-page", "page-load-time", "guardrail"),
    }


def test_history_says_who_made_what(seeded: User) -> None:
    actors = Entry.objects.filter(subject="flag_config", environment="production").values_list("actor", flat=True)
    assert set(actors) == {seeded.email}
    created = Entry.objects.filter(subject="flag", action="create").values_list("actor", flat=True)
    assert set(created) == {"dana@example.com", "sam@example.com"}


def test_nobody_signs_in_as_the_demos_people(seeded: User) -> None:
    assert not any(user.has_usable_password() for user in User.objects.exclude(pk=seeded.pk))


def test_second_seed_changes_nothing(seeded: User) -> None:
    before = Entry.objects.count()
    assert not demo.seed(by=seeded)
    assert Entry.objects.count() == before


def test_deleted_flags_do_not_come_back(seeded: User) -> None:
    Experiment.objects.all().delete()
    Flag.objects.all().delete()
    assert not demo.seed(by=seeded)
    assert not Flag.objects.exists()


def test_project_with_a_flag_of_its_own_is_left_alone(alice: User, project: Project) -> None:
    Flag.objects.create(project=project, key="ours", variants=[{"key": "on", "value": True}])
    assert not demo.seed(by=alice)
    assert Flag.objects.count() == 1


def test_command_seeds_as_the_first_admin(alice: User) -> None:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    call_command("seed_demo", stdout=out)
    assert out.getvalue() == "The demo project is there.\nLeft alone: the project has, or had, flags.\n"


def test_command_without_an_admin_says_how_to_make_one() -> None:
    with pytest.raises(CommandError, match="make_admin"):
        call_command("seed_demo")
