"""What people type about layers and holdouts."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.errors import Refusal
from accounts.forms import VersionedForm
from accounts.models import Environment
from experiments.holding import etag
from experiments.holdouts import HoldoutExists
from experiments.layers import LayerExists
from experiments.models import Holdout, Layer
from experiments.shares import plain


class GroupForm(VersionedForm):
    """What layers and holdouts have in common."""

    key = forms.CharField(
        help_text="It never changes. Letters, digits, dots, underscores, hyphens.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(required=False, help_text="For people.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, group: Layer | Holdout | None, *, given: Any = None, initial: Any = None) -> None:
        super().__init__(given, initial=initial if group is None else {**_shown(group), **(initial or {})})
        if group is not None:
            del self.fields["key"]

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("version", "confirmed")}
        return {**given, "description": given["description"].replace("\r\n", "\n")}

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        if isinstance(refusal, LayerExists | HoldoutExists):
            self.add_error("key", refusal.message)
        else:
            super().take(refusal, newest=newest)


class LayerForm(GroupForm):
    """A layer that exists, or, with its environment, a new one."""

    environment = forms.ChoiceField(help_text="Where its experiments run.")
    field_order = ["key", "environment"]

    def __init__(
        self,
        layer: Layer | None = None,
        *,
        environments: Sequence[Environment] = (),
        chosen: str = "",
        given: Any = None,
    ) -> None:
        super().__init__(layer, given=given, initial={"environment": chosen} if layer is None else None)
        self.environments = {environment.key: environment for environment in environments}
        choices = [(key, each.name) for key, each in self.environments.items()]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]
        if layer is not None:
            del self.fields["environment"]

    def environment_given(self) -> Environment:
        return self.environments[self.cleaned_data["environment"]]

    def fields_given(self) -> dict[str, Any]:
        return {name: value for name, value in super().fields_given().items() if name != "environment"}


class HoldoutForm(GroupForm):
    """A holdout that exists, or, with its key, a new one; a tick where running experiments change with it."""

    percentage = forms.DecimalField(
        label="Share of all users, in percent",
        help_text="In steps of 0.01. More of it keeps those out who are out already.",
        widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": "0.01", "inputmode": "decimal"}),
    )
    confirmed = forms.BooleanField()
    field_order = ["key", "percentage"]

    def __init__(self, holdout: Holdout | None = None, *, running: int, given: Any = None) -> None:
        super().__init__(holdout, given=given, initial={"percentage": plain(holdout.percentage)} if holdout else {})
        experiments = "the experiment that runs" if running == 1 else f"the {running:,} experiments that run"
        self.fields["confirmed"].label = f"Yes, change right now who takes part in {experiments}."
        if not running:
            del self.fields["confirmed"]


def _shown(group: Layer | Holdout) -> dict[str, Any]:
    return {"name": group.name, "description": group.description, "version": etag(group)}
