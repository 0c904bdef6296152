"""Which part of history a page shows."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.forms import ListFilter
from accounts.models import Environment


class TrailForm(ListFilter):
    """Its fields are arguments of `recent`."""

    key = forms.CharField(required=False, label="Flag or other key")
    environment = forms.ChoiceField(required=False)
    actor = forms.CharField(required=False, label="Who (e-mail)")

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        keys = Environment.objects.order_by("position", "key").values_list("key", flat=True)
        choices = [("", "Any"), *((key, key) for key in dict.fromkeys(keys))]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]
