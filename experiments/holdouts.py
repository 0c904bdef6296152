"""Every write of holdouts: they keep users out of experiments in every environment of a project."""

from typing import Any

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, insert
from accounts.errors import Conflict
from accounts.models import Project, User
from accounts.policy import Action
from experiments.holding import refuse_outdated
from experiments.models import Holdout
from experiments.validation import InvalidExperiment, clean_holdout


class HoldoutExists(Conflict):
    """The project has a holdout of this key."""

    code = "holdout_exists"


def create_holdout(project: Project, *, by: User, **fields: Any) -> Holdout:
    """A new holdout: key and percentage, and as wanted name and description."""
    with change(by=by):
        _hold_project(project, by)
        values = clean_holdout({"key": "", **fields})
        if "percentage" not in values:
            raise InvalidExperiment({"percentage": ["Give the share of users to hold out, in percent."]})
        taken = f"Project {project.key} has a holdout {values['key']}. Change that one, or choose another key."
        return insert(Holdout(project=project, **values), taken=HoldoutExists(taken))


def update_holdout(holdout: Holdout, *, by: User, if_match: str | None = None, **fields: Any) -> Holdout:
    """Change percentage, name and description. A larger share keeps everybody out who is out already."""
    with change(by=by):
        _hold_project(holdout.project, by)
        hold(holdout)
        refuse_outdated(holdout, if_match)
        if fields.get("key", holdout.key) != holdout.key:
            raise InvalidExperiment({"key": ["A holdout keeps its key. Create another one."]})
        return edit(holdout, **clean_holdout(fields))


def delete_holdout(holdout: Holdout, *, by: User, if_match: str | None = None) -> None:
    """End the holdout: its users may take part in experiments from now on."""
    with change(by=by):
        _hold_project(holdout.project, by)
        hold(holdout)
        refuse_outdated(holdout, if_match)
        holdout.delete()


def _hold_project(project: Project, by: User) -> None:
    """Lock the project for somebody who may change every environment of it."""
    policy.require(by, Action.CHANGE, project=project)
    for environment in project.environments.select_related("project"):
        policy.require_change(by, environment)
    hold(project)
