"""The demo project: a shop's flags, metrics and experiments, made once, the way its team would have made them."""

from accounts.changes import change
from accounts.models import Project, User
from audit.models import Entry
from experiments.drafting import create_draft
from experiments.layers import create_layer
from experiments.life_cycle import move
from experiments.metrics.services import create_metric
from experiments.metrics.using import set_metrics
from flagplatform.demo.shop import DANA, FLAGS, PEOPLE, SHOWN, Blueprint
from flagplatform.demo.trials import METRICS, TRIALS, Trial
from flags import services
from flags.models import Flag

__all__ = ["SHOWN", "seed"]


def seed(*, by: User) -> bool:
    """Fill the project `default`, all or nothing; False, and nothing done, when it has or ever had a flag."""
    project = Project.objects.get(key="default")
    if _had_flags(project):
        return False
    with change(by=by):
        people = {email: _person(email, **fields) for email, fields in PEOPLE.items()}
        for blueprint in FLAGS:
            _make(project, blueprint, owner=people[blueprint.owner], by=by)
        for metric in METRICS:
            create_metric(project, by=people[DANA], owner=DANA, **metric)
        for trial in TRIALS:
            _try(project, trial, owner=people[trial.owner], by=by)
    return True


def _had_flags(project: Project) -> bool:
    return (
        Flag.objects.filter(project=project).exists()
        or Entry.objects.filter(project=project.key, subject="flag").exists()
    )


def _person(email: str, *, name: str, role: str) -> User:
    """Somebody who owns flags; without a password, so that nobody can sign in as them."""
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, name=name, role=role)


def _make(project: Project, blueprint: Blueprint, *, owner: User, by: User) -> None:
    """The owner makes the flag and sets up what developers may; the admin does the rest."""
    flag = services.create_flag(project, by=owner, key=blueprint.key, owner=owner, **blueprint.definition)
    for environment in project.environments.all():
        config = blueprint.configs.get(environment.key)
        if config:
            services.update_config(flag, environment, by=by if environment.is_protected else owner, **config)
    if blueprint.is_archived:
        services.archive_flag(flag, by=by)


def _try(project: Project, trial: Trial, *, owner: User, by: User) -> None:
    """The admin sets the experiment up and starts it, because it runs in a protected environment."""
    environment = project.environments.filter(key=trial.environment).first()
    if environment is None:
        return
    if trial.layer:
        create_layer(environment, by=by, **trial.layer)
    experiment = create_draft(environment, by=by, owner=owner, **trial.fields)
    set_metrics(experiment, [{"metric": key, "role": role} for key, role in trial.metrics], by=by)
    if trial.is_running:
        move(experiment, "RUNNING", by=by)
