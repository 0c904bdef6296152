"""What people type to say what an experiment is measured by, and how it is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.errors import Invalid, Refusal
from accounts.forms import VersionedForm
from experiments.metrics.queries import PLAN_FIELDS, StandingPlan
from experiments.models import AnalysisPlan, ExperimentMetric, Metric
from experiments.pages.typed_numbers import PercentField

Role = ExperimentMetric.Role
ROLES = ((Role.GOAL.value, "Goal"), (Role.GUARDRAIL.value, "Guardrail"))


@dataclass(frozen=True, slots=True)
class UseRow:
    """A metric of the experiment with the role that is typed, and the one that it has."""

    metric: Metric
    role: str
    standing_role: str


class MetricsForm(VersionedForm):
    """The metrics of an experiment in order, each with its role, in rows beside it; and one more."""

    added = forms.ChoiceField(required=False, label="Metric")
    added_role = forms.ChoiceField(required=False, label="Role", choices=ROLES)
    do = forms.CharField(required=False)

    def __init__(
        self,
        uses: Sequence[ExperimentMetric],
        free: Sequence[Metric],
        *,
        version: str,
        given: QueryDict | None = None,
    ) -> None:
        super().__init__(given, auto_id="metrics_%s", initial={"version": version})
        choices = [("", "Choose…"), *((metric.key, metric.name or metric.key) for metric in free)]
        self.fields["added"].choices = choices  # type: ignore[attr-defined]
        self.has_free = bool(free)
        self.uses = self._rows(uses)

    def wanted(self) -> list[dict[str, str]]:
        """The list as it is to be: moved, removed or added to as was asked for."""
        found = [{"metric": name, "role": role} for name, role in self._typed()]
        deed, _, named = self.cleaned_data["do"].partition(":")
        at = next((at for at, use in enumerate(found) if use["metric"] == named), None)
        if deed == "add":
            if not self.cleaned_data["added"]:
                raise Invalid("Choose the metric to add.", fields={"added": ["Choose a metric."]})
            role = self.cleaned_data["added_role"] or Role.GOAL.value
            return [*found, {"metric": self.cleaned_data["added"], "role": role}]
        if deed in ("up", "down", "remove") and at is not None:
            moved = found.pop(at)
            if deed != "remove":
                found.insert(max(0, at - 1 if deed == "up" else at + 1), moved)
        return found

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        """What is said of one of them is said of the list."""
        told = [sentence for path, each in refusal.fields.items() if path.startswith("metrics") for sentence in each]
        if told:
            self.add_error(None, told)
        else:
            super().take(refusal, newest=newest)

    def _rows(self, uses: Sequence[ExperimentMetric]) -> list[UseRow]:
        """As they were typed, and behind them what somebody else added in the meantime."""
        typed = dict(self._typed()) if self.is_bound else {}
        rows = [UseRow(use.metric, typed.get(use.metric.key, use.role), use.role) for use in uses]
        places = {name: at for at, name in enumerate(typed)}
        return sorted(rows, key=lambda row: places.get(row.metric.key, len(places)))

    def _typed(self) -> list[tuple[str, str]]:
        data: Any = self.data
        return list(zip(data.getlist("metric"), data.getlist("role"), strict=False))


class PlanForm(VersionedForm):
    """How an experiment is judged."""

    method = forms.ChoiceField(choices=AnalysisPlan.Method.choices)
    confidence = PercentField(label="Confidence, in percent")
    correction = forms.ChoiceField(
        choices=AnalysisPlan.Correction.choices, help_text="For looking at several metrics and variants at once."
    )
    uses_past = forms.BooleanField(
        required=False, label="Take out what users did before", help_text="CUPED: the same result with fewer users."
    )
    planned_units = forms.IntegerField(
        required=False, label="Planned users", help_text="In all variants together. Group sequential needs them."
    )
    planned_days = forms.IntegerField(required=False, label="Planned days")
    looks = forms.IntegerField(label="Looks", help_text="Group sequential: how many, evenly spaced.")
    spending = forms.ChoiceField(
        label="Bounds", choices=AnalysisPlan.Spending.choices, help_text="Group sequential: how strict early looks are."
    )
    prior_deviation = PercentField(
        label="Effects that are believed beforehand, in percent",
        help_text="Bayesian: standard deviation of the relative effect.",
    )
    dimensions = forms.CharField(required=False, help_text="Attributes of exposures to split results by, with commas.")

    def __init__(self, plan: StandingPlan, *, given: Any = None) -> None:
        first = {name: getattr(plan, name) for name in PLAN_FIELDS}
        first |= {"dimensions": ", ".join(plan.dimensions), "version": f'"{plan.version}"'}
        super().__init__(given, auto_id="plan_%s", initial=first)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        names = [name.strip() for name in given["dimensions"].split(",")]
        return {**given, "dimensions": list(dict.fromkeys(filter(None, names)))}
