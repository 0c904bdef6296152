"""What people type to find a metric, to say what one is, and to plan with one."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.errors import Refusal
from accounts.forms import ListFilter, RefusableForm, VersionedForm
from experiments.holding import etag
from experiments.metrics.services import MetricExists
from experiments.metrics.validation import MATTERING
from experiments.models import Metric
from experiments.pages.condition_rows import conditions_typed, rows_of, rows_typed
from experiments.pages.typed_numbers import HoursField, PercentField
from flags.forms import split_tags

KINDS = {
    "binomial": "Conversion",
    "count": "Count",
    "mean": "Value",
    "ratio": "Ratio",
    "quantile": "Percentile",
    "retention": "Retention",
}
_NAME = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
_AGGREGATIONS = {
    "sum": "Sum of their values",
    "count": "Number of events",
    "max": "Largest value",
    "min": "Smallest value",
    "mean": "Mean of their values",
}
_ROWS = ("filter", "denominator_filter")
_DIFFERING = ("aggregation", "denominator_event", "denominator_aggregation", "quantile", "delay_hours", "cap")


class FilterForm(ListFilter):
    """Which metrics the list shows."""

    search = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), *KINDS.items()])
    archived = forms.ChoiceField(required=False, label="Show", choices=[("", "In use"), ("yes", "Archived")])

    def arguments(self) -> dict[str, Any]:
        """Those of `list_metrics`."""
        chosen = self.chosen()
        return {**chosen, "archived": "archived" in chosen}


class MetricForm(VersionedForm):
    """What a metric is: the fields that its kind has, and its filters in rows beside it."""

    elsewhere = frozenset(_ROWS)

    name = forms.CharField(required=False, help_text="For people; the key is for programs.")
    event = forms.CharField(
        help_text="Name of the metric events, as their senders call them.", widget=forms.TextInput(attrs=_NAME)
    )
    aggregation = forms.ChoiceField(label="Made of each user's events", choices=list(_AGGREGATIONS.items()))
    denominator_event = forms.CharField(label="Divided by the event", widget=forms.TextInput(attrs=_NAME))
    denominator_aggregation = forms.ChoiceField(label="Made of those", choices=list(_AGGREGATIONS.items()))
    quantile = PercentField(label="Percentile", help_text="50 is the median; 95 tells of the slowest twentieth.")
    delay_hours = HoursField(label="Counting begins after", help_text="After the first exposure: 1 day, 12 hours.")
    window_hours = HoursField(
        label="Counting ends after", help_text="After the first exposure: 7 days, 36 hours. At most 90 days."
    )
    lookback_hours = HoursField(
        label="Past taken into account",
        help_text="Before the exposure, to take out what users did anyway (CUPED). 0 for none, at most 30 days.",
    )
    cap = PercentField(
        label="Cut totals above those of this share of users, in percent",
        help_text="99.9 keeps a few large buyers from deciding. Empty: nothing is cut.",
    )
    direction = forms.ChoiceField(label="Which way is good", choices=Metric.Direction.choices)
    minimum_effect = PercentField(
        label="Smallest effect worth finding, in percent", help_text="Relative to the control; plans are made for it."
    )
    margin = PercentField(
        label="Harm that is still taken, in percent", help_text="Relative. Needed where the metric is a guardrail."
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.CharField(required=False, help_text="E-mail of the person who answers for it.")
    tags = forms.CharField(required=False, help_text="Separated by commas.")

    def __init__(self, kind: str, *, given: QueryDict | None = None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(given, initial=dict(initial or {}))
        self.kind = kind if kind in KINDS else Metric.Kind.BINOMIAL.value
        self.rows = {name: self._rows(name) for name in _ROWS}
        for name in _DIFFERING:
            if name not in MATTERING[self.kind]:
                del self.fields[name]
        if self.kind == Metric.Kind.QUANTILE:
            del self.fields["lookback_hours"]
        if self.kind == Metric.Kind.MEAN:
            choices = [(name, label) for name, label in _AGGREGATIONS.items() if name != "count"]
            self.fields["aggregation"].choices = choices  # type: ignore[attr-defined]

    @property
    def kind_label(self) -> str:
        return str(Metric.Kind(self.kind).label)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        given |= {"kind": self.kind, "owner": given["owner"] or None, "tags": split_tags(given["tags"])}
        given["description"] = given["description"].replace("\r\n", "\n")  # as browsers send it
        rows = ("filter",) if self.kind != Metric.Kind.RATIO else _ROWS
        return given | {name: conditions_typed(self.data, name) for name in rows}  # type: ignore[arg-type]

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        typed = self.data
        if isinstance(refusal, MetricExists):
            self.add_error("key" if "key" in self.fields else None, refusal.message)
        else:
            super().take(refusal, newest=newest)
        self.rows = {name: rows_typed(typed, name, refusal.fields) for name in _ROWS}  # type: ignore[arg-type]

    def _rows(self, name: str) -> Any:
        if self.is_bound:
            return rows_typed(self.data, name)  # type: ignore[arg-type]
        return self.initial.get(f"{name}_rows") or rows_of(self.initial.get(name, ()))


class NewMetricForm(MetricForm):
    """A metric that does not exist yet."""

    key = forms.CharField(
        help_text="It never changes. Letters, digits, dots, underscores, hyphens.",
        widget=forms.TextInput(attrs=_NAME),
    )
    field_order = ["key", "name", "event"]


class SizeForm(RefusableForm):
    """What is known about a metric before an experiment, to plan one."""

    rate = PercentField(label="Share of users who do it now, in percent")
    mean = forms.FloatField(required=False, label="Mean per user now")
    deviation = forms.FloatField(required=False, label="Standard deviation between users")
    minimum_effect = PercentField(label="Relative effect to find, in percent")
    power = PercentField(label="Chance to find it, in percent")
    variants = forms.IntegerField(required=False, label="Variants, the control included")
    units_per_day = forms.IntegerField(required=False, label="Users in a day")
    always_valid = forms.BooleanField(required=False, label="Results are looked at at any time")

    def __init__(self, metric: Metric, *, given: Any = None) -> None:
        first = {"minimum_effect": metric.minimum_effect, "power": 0.8, "variants": 2, "always_valid": True}
        super().__init__(given, auto_id="size_%s", initial=first)
        is_rate = metric.kind in (Metric.Kind.BINOMIAL, Metric.Kind.RETENTION)
        for name in ("mean", "deviation") if is_rate else ("rate",):
            del self.fields[name]

    def fields_given(self) -> dict[str, Any]:
        """What `sample_size` takes; what was left empty is left out."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


def shown(metric: Metric) -> dict[str, Any]:
    """What the form shows of a metric before anybody typed."""
    names = [name for name in MetricForm.base_fields if name not in ("owner", "tags", "version")]
    return {
        **{name: getattr(metric, name) for name in (*names, *_ROWS)},
        "owner": metric.owner.email if metric.owner else "",
        "tags": ", ".join(metric.tags),
        "version": etag(metric),
    }


def carried(given: QueryDict) -> dict[str, Any]:
    """What was typed, or emptied, before another kind was chosen."""
    named = {name: given[name] for name in NewMetricForm.base_fields if name in given}
    rows = {f"{name}_rows": rows_typed(given, name) for name in _ROWS if f"{name}_attribute" in given}
    return named | rows
