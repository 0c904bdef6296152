"""Every write of experiments themselves: who may, what is refused, what is saved.

Each service of this room locks the project's row first and then the experiment's (`holding.py`), checks everything
before it writes anything, and leaves the row that was passed in as it now stands; after a refusal read it again.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from accounts import policy
from accounts.changes import change
from accounts.editing import hold, insert
from accounts.errors import Conflict, NotFound
from accounts.json_values import same
from accounts.models import Environment, User
from experiments.holding import hold_any_experiment, hold_experiment, refuse_meaningless
from experiments.layers import give_share, refuse_taken
from experiments.models import Experiment
from experiments.queries import find_layer
from experiments.validation import InvalidExperiment, clean_experiment
from flagkit.engine import BrokenDocument, compile_audience
from flagkit.engine.experiments import size_of
from flagkit.engine.flags import SCHEMA
from flags.cleaners import Wrong, text
from flags.drafts import put
from flags.queries import find_audience, find_flag, find_owner
from flags.references import audiences_in
from flags.rules import condition_of, settled

R = TypeVar("R")
REFERENCES = ("owner", "audience", "flag", "layer", "layer_share")
_FIXED = ("salt", "algorithm", "flag")  # once it has started: users would change their variants, or their flag


class ExperimentExists(Conflict):
    """The environment has an experiment of this key, archived ones included."""

    code = "experiment_exists"


class ExperimentStarted(Conflict):
    """What is to be edited would give users other variants."""

    code = "experiment_started"


def create_experiment(environment: Environment, *, by: User, **fields: Any) -> Experiment:
    """A new draft: key, and as wanted name, description, hypothesis, owner, tags, salt, algorithm, targeting_rules,
    audience, flag and layer (each a key or an id), and layer_share in buckets or layer_ranges.
    """
    with change(by=by):
        policy.require_change(by, environment)
        hold(environment.project)
        experiment = Experiment(environment=environment)
        _draft(experiment, {"key": "", **fields})
        taken = f"{environment.key} has an experiment {experiment.key}. Change that one, or choose another key."
        return insert(experiment, taken=ExperimentExists(taken))


def update_experiment(experiment: Experiment, *, by: User, if_match: str | None = None, **fields: Any) -> Experiment:
    """Change what is given; lists each as a whole."""
    with change(by=by):
        hold_experiment(experiment, by=by, if_match=if_match)
        _refuse_other_key(experiment, fields)
        before = {name: getattr(experiment, name) for name in _FIXED}
        changed = _draft(experiment, fields)
        _refuse_rebucketing(experiment, before)
        refuse_meaningless(experiment)
        for row in changed:
            row.save()
    return experiment


def delete_experiment(experiment: Experiment, *, by: User, if_match: str | None = None) -> None:
    """Remove the experiment with its variants and allocations, whatever its status; its history stays."""
    with change(by=by):
        hold_any_experiment(experiment, by=by, if_match=if_match)
        experiment.delete()


def _draft(experiment: Experiment, given: Mapping[str, Any]) -> list[Experiment]:
    """Put the given fields into the experiment; the experiment, where that changed it. Raises InvalidExperiment."""
    values = clean_experiment({name: value for name, value in given.items() if name not in REFERENCES})
    if "targeting_rules" in values:
        values["targeting_rules"] = settled(values["targeting_rules"], experiment.targeting_rules)
        _refuse_unanswerable(experiment.environment, values["targeting_rules"])
    values |= _references(experiment, given)
    values |= _ranges_in_layer(experiment, values, given.get("layer_share"))
    changed = put(experiment, values)
    refuse_taken(experiment)
    return changed


def _ranges_in_layer(experiment: Experiment, values: Mapping[str, Any], share: Any) -> dict[str, Any]:
    """The buckets of the layer where they are given as a number of them, which may be the number that it holds."""
    layer = values.get("layer", experiment.layer)
    if share is not None and (layer != experiment.layer or not same(share, size_of(experiment.layer_ranges))):
        return {"layer_ranges": give_share(experiment, layer, share)}
    return {} if layer == experiment.layer or "layer_ranges" in values else {"layer_ranges": []}


def _references(experiment: Experiment, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rows that the given keys or ids name; null and empty text name none. Raises InvalidExperiment."""
    environment, project = experiment.environment, experiment.environment.project
    finders: dict[str, Callable[[str], Any]] = {
        "audience": lambda key: find_audience(project, key, environment=environment),
        "flag": lambda key: find_flag(project, key),
        "layer": lambda key: find_layer(project, key, environment=environment),
    }
    found = {name: _named(name, given[name], find) for name, find in finders.items() if name in given}
    if "owner" in given:
        found["owner"] = find_owner(given["owner"], standing=experiment.owner)
    return found


def _named(name: str, value: Any, find: Callable[[str], R]) -> R | None:
    if value is None or value == "":
        return None
    try:
        return find(text(100)(value))
    except Wrong as wrong:
        raise InvalidExperiment({name: [wrong.sentence]}) from wrong
    except NotFound as error:
        raise InvalidExperiment({name: [error.message]}) from error


def _refuse_unanswerable(environment: Environment, rules: list[dict[str, Any]]) -> None:
    for at, rule in enumerate(rules):
        field = f"targeting_rules.{at}"
        try:
            compile_audience({"schema": SCHEMA, "key": "rules", "rules": [{"when": condition_of(rule)}]})
        except BrokenDocument as error:
            raise InvalidExperiment({field: [f"{environment.key}: {error}."]}) from error
        if audiences_in([rule]):
            sentence = "Name the audience in audience; to ask for several, create one whose rules name them."
            raise InvalidExperiment({field: [sentence]})


def _refuse_other_key(experiment: Experiment, given: Mapping[str, Any]) -> None:
    if given.get("key", experiment.key) != experiment.key:
        raise InvalidExperiment({"key": ["An experiment keeps its key. Create another one and archive this."]})


def _refuse_rebucketing(experiment: Experiment, before: Mapping[str, Any]) -> None:
    """Raises ExperimentStarted where users that are in it would be dealt anew."""
    changed = [name for name, value in before.items() if getattr(experiment, name) != value]
    if changed and experiment.started_at is not None:
        raise ExperimentStarted(
            f"Experiment {experiment.key} has started, so its {' and '.join(changed)} cannot change: users would lose "
            "their variants. Archive it and create a new one."
        )
