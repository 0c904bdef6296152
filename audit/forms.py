"""Which part of history a page shows."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import Environment


class TrailForm(forms.Form):
    """What is not understood is left aside."""

    key = forms.CharField(required=False, label="Flag or other key")
    environment = forms.ChoiceField(required=False)
    actor = forms.CharField(required=False, label="Who (e-mail)")

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given, label_suffix="")
        keys = Environment.objects.order_by("position", "key").values_list("key", flat=True)
        choices = [("", "Any"), *((key, key) for key in dict.fromkeys(keys))]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """The arguments of `recent`."""
        self.is_valid()
        return {name: value.strip() for name, value in self.cleaned_data.items() if value.strip()}

    def narrows(self) -> bool:
        return bool(self.chosen())
