"""What people type about which buckets get which variant: by percentages, or exactly."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.forms import VersionedForm
from experiments.holding import etag
from experiments.models import Experiment
from experiments.shares import allocations_by, plain, shares_of


class SharesForm(VersionedForm):
    """The percentage of each variant; what they leave of 100 gets no variant."""

    elsewhere = frozenset({"allocations"})

    def __init__(self, experiment: Experiment, *, given: Any = None, shares: Any = None) -> None:
        shown = {_share(key): plain(share) for key, share in (shares or shares_of(experiment)).items()}
        super().__init__(given, auto_id="shares_%s", initial={**shown, "version": etag(experiment)})
        self.experiment = experiment
        self.keys = [variant.key for variant in experiment.variants.all()]
        for key in self.keys:
            self.fields[_share(key)] = _percentage(key)

    def shares(self) -> list[BoundField]:
        return [self[_share(key)] for key in self.keys]

    def clean(self) -> None:
        """Nobody has two variants."""
        total = sum((self.cleaned_data.get(_share(key)) or Decimal(0) for key in self.keys), Decimal(0))
        if total > 100:
            self.add_error(None, f"These sum to {total:f} %. Give 100 % at most; what is left gets no variant.")

    def allocations_given(self) -> list[dict[str, Any]]:
        """The ranges that make these percentages up, as the service takes them."""
        shares = {key: self.cleaned_data[_share(key)] or Decimal(0) for key in self.keys}
        return allocations_by(self.experiment, shares)


class RangesForm(VersionedForm):
    """Exact ranges, in rows beside it."""

    elsewhere = frozenset({"allocations"})

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(given, auto_id="ranges_%s", initial={"version": etag(experiment)})


def _share(key: str) -> str:
    return f"share-{key}"


def _percentage(key: str) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"})
    return forms.DecimalField(required=False, label=key, min_value=0, max_value=100, decimal_places=2, widget=widget)
