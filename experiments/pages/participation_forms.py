"""What people type about who takes part in an experiment: an audience, rules, a share of a layer."""

from decimal import Decimal
from typing import Any

from django import forms

from accounts.errors import Refusal
from experiments.holding import etag
from experiments.layers import BucketsTaken
from experiments.models import Experiment, Layer
from experiments.pages.forms import drop_tick
from experiments.shares import percentage, plain
from flagkit.engine.experiments import BUCKETS
from flags.forms import ConfigForm
from flags.rule_form import ConditionForm
from flags.rule_order import OrderForm
from flags.targeting_form import RulesField, placed, shown_rules

_IN_AUDIENCE = "in_audience"  # an experiment names its audience beside the rules


class ParticipationForm(ConfigForm):
    """The audience, the share of a layer, and all rules at once."""

    audience = forms.ChoiceField(required=False, help_text="Who may take part at all.")
    layer = forms.ChoiceField(required=False, help_text="Nobody is in two experiments of one layer.")
    layer_share = forms.DecimalField(
        required=False,
        label="Share of the layer, in percent",
        help_text="Free buckets of the layer are taken for it. More of it keeps those who are in.",
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )
    targeting_rules = RulesField(
        required=False,
        label="Rules as JSON",
        help_text="Who matches one of them takes part; without rules, everybody does. Keep the ids.",
    )

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(given, auto_id="participation_%s", initial=_shown(experiment))
        environment = experiment.environment
        audiences = environment.audiences.order_by("key").values_list("key", flat=True)
        layers = environment.layers.order_by("key").values_list("key", flat=True)
        self._offer("audience", "everybody", audiences)
        self._offer("layer", "none", layers)
        self.fields["targeting_rules"].widget.attrs["rows"] = 8
        self.require_tick(environment)
        drop_tick(self, experiment)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = self.cleaned_data
        found = {"audience": given["audience"] or None, "layer": given["layer"] or None}
        if given["layer"]:
            found["layer_share"] = int((given["layer_share"] or Decimal(0)) * BUCKETS / 100)
        return {**found, "targeting_rules": given["targeting_rules"]}

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        if isinstance(refusal, BucketsTaken):
            self.add_error("layer_share", refusal.message)
            return
        refusal.fields = {path: _told(path, sentences) for path, sentences in refusal.fields.items()}
        super().take(refusal, newest=newest)

    def _offer(self, name: str, none: str, keys: Any) -> None:
        self.fields[name].choices = [("", none), *((key, key) for key in keys)]  # type: ignore[attr-defined]


class ExperimentRuleForm(ConditionForm):
    """One more rule with one condition."""

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(experiment.environment, version=etag(experiment), given=given)
        operators = self.fields["operator"]
        choices = [pair for pair in operators.choices if pair[0] != _IN_AUDIENCE]  # type: ignore[attr-defined]
        operators.choices = choices  # type: ignore[attr-defined]
        self.experiment = experiment
        drop_tick(self, experiment)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        return {"targeting_rules": [*self.experiment.targeting_rules, self.rule()]}


class ExperimentOrderForm(OrderForm):
    """A rule up, down or out."""

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(experiment.environment, version=etag(experiment), given=given)
        self.experiment = experiment
        drop_tick(self, experiment)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        return {"targeting_rules": self.ordered(self.experiment.targeting_rules)}


def share_of_layer(experiment: Experiment) -> Decimal:
    """The percentage of its layer that the experiment holds."""
    return percentage(sum(last - first + 1 for first, last in experiment.layer_ranges))


def _shown(experiment: Experiment) -> dict[str, Any]:
    layer: Layer | None = experiment.layer
    return {
        "audience": experiment.audience.key if experiment.audience else "",
        "layer": layer.key if layer else "",
        "layer_share": plain(share_of_layer(experiment)) if layer else "",
        "targeting_rules": shown_rules(experiment.targeting_rules),
        "version": etag(experiment),
    }


def _told(path: str, sentences: list[str]) -> list[str]:
    return placed(path.removeprefix("targeting_"), sentences)
