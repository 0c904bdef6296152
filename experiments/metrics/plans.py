"""Every write of how an experiment is judged: its analysis plan."""

from collections.abc import Mapping
from typing import Any

from accounts.changes import change
from accounts.editing import edit, insert
from accounts.errors import Conflict
from accounts.json_values import same
from accounts.models import User
from experiments.holding import hold_experiment, refuse_outdated
from experiments.metrics.filters import readable
from experiments.metrics.queries import PLAN_FIELDS, StandingPlan, plan_of, plan_row
from experiments.metrics.validation import number, optional, whole
from experiments.models import AnalysisPlan, Experiment
from experiments.validation import InvalidExperiment
from flags.cleaners import Cleaner, Wrong, boolean, clean_all, each, one_of, refuse_repeated, text

MAX_UNITS = 1_000_000_000
MAX_DAYS = 730
MAX_LOOKS = 50  # more of them are what always-valid intervals are for
MAX_DIMENSIONS = 10
Method = AnalysisPlan.Method


class PlanExists(Conflict):
    """Somebody wrote the experiment's plan at the same moment."""

    code = "plan_exists"


def update_plan(experiment: Experiment, *, by: User, if_match: str | None = None, **fields: Any) -> StandingPlan:
    """Change what is given, also while the experiment runs; reports say when the plan was changed after the start."""
    with change(by=by):
        hold_experiment(experiment, by=by)
        row = plan_row(experiment)
        refuse_outdated(row, if_match)
        values = _cleaned(row, fields)
        if row.version:
            edit(row, **values)
        elif any(not same(value, getattr(row, name)) for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            insert(row, taken=PlanExists(f"Experiment {experiment.key} has a plan by now. Read it and try again."))
    return plan_of(experiment)


def _cleaned(row: AnalysisPlan, given: Mapping[str, Any]) -> dict[str, Any]:
    values, problems = clean_all(given, _PLAN)
    if problems:
        raise InvalidExperiment(problems)
    settled = {name: getattr(row, name) for name in PLAN_FIELDS} | values
    sentence = _lacking(settled["method"], units=settled["planned_units"], days=settled["planned_days"])
    if sentence:
        raise InvalidExperiment({"planned_units": [sentence]})
    return values


def _lacking(method: str, *, units: int | None, days: int | None) -> str:
    """What the method still needs to know of the end, in a sentence; empty where it knows enough."""
    if method == Method.GROUP_SEQUENTIAL and not units:
        return "Say how many units it takes in all: this method looks at parts of the planned units, not at days."
    if method == Method.FIXED and not units and not days:
        return "Say when it ends, in units or in days (planned_days): this method looks at a planned end."
    return ""


def _dimensions(value: Any) -> list[str]:
    names: list[str] = each(_dimension, value, least=0, most=MAX_DIMENSIONS)
    refuse_repeated(names)
    return names


def _dimension(value: Any) -> str:
    name: str = text(100)(value)
    if not name:
        raise Wrong("Name an attribute of exposures.")
    if "," in name:
        raise Wrong("Give an attribute without commas: they stand between attributes.")
    return readable(name)


_confidence = number(lambda value: 0.5 <= value <= 0.999, "Give a level from 0.5 to 0.999, as in 0.95.")
_deviation = number(lambda value: 0 < value <= 10, "Give a relative effect above 0 and up to 10: 0.1 is 10 %.")
_PLAN: dict[str, Cleaner] = {
    "method": one_of(Method.values),
    "confidence": _confidence,
    "correction": one_of(AnalysisPlan.Correction.values),
    "uses_past": boolean,
    "planned_units": optional(whole(1, MAX_UNITS, "units")),
    "planned_days": optional(whole(1, MAX_DAYS, "days")),
    "looks": whole(1, MAX_LOOKS, "looks"),
    "spending": one_of(AnalysisPlan.Spending.values),
    "prior_deviation": _deviation,
    "dimensions": _dimensions,
}
