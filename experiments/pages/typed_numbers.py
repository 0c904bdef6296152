"""Numbers as people type them on the pages of metrics: spans of time in days or hours, shares in percent."""

import re
from decimal import Decimal
from typing import Any

from django import forms

from experiments.metrics.wording import hours_words
from experiments.models.metrics import DAY

_DIGITS = 400  # those of any float, written out: 5e-324 has 324
_SPAN = re.compile(r"\s*(\d{1,5})\s*(d|days?|h|hours?)?\s*", re.IGNORECASE)


class HoursField(forms.CharField):
    """`7 days` or `36 hours`, as a whole number of hours."""

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        found = _SPAN.fullmatch(typed)
        if found is None or not (found[2] or typed.strip() == "0"):
            raise forms.ValidationError("Write it as in 7 days or 36 hours.")
        is_days = (found[2] or "h").lower().startswith("d")
        return int(found[1]) * (DAY if is_days else 1)

    def prepare_value(self, value: Any) -> Any:
        return hours_words(value) if isinstance(value, int) else value


class PercentField(forms.DecimalField):
    """A percentage, as the share that it is: 2 is 0.02."""

    def __init__(self, **options: Any) -> None:
        widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
        super().__init__(required=False, max_digits=_DIGITS, widget=widget, **options)

    def clean(self, value: Any) -> float | None:
        percent = super().clean(value)
        return None if percent is None else float(percent / 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(str(value)) * 100:f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
