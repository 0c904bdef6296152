"""Targeting keys as people type them: one per line."""

from collections.abc import Sequence

from django import forms

MOST_TYPED = 5_000  # keys in one field; longer lists are for the API


def is_typable(keys: Sequence[str]) -> bool:
    """Whether these keys can be shown one per line and be read back as they are."""
    return len(keys) <= MOST_TYPED and all(key == key.strip() and key.isprintable() for key in keys)


def keys_field(label: str, help_text: str = "") -> forms.CharField:
    """A field for keys, one per line."""
    widget = forms.Textarea(attrs={"class": "code", "rows": 3, "spellcheck": "false", "autocapitalize": "none"})
    return forms.CharField(required=False, label=label, help_text=help_text, widget=widget)


def keys_in(typed: str) -> list[str]:
    """What was typed, without empty lines and repetitions."""
    keys = (line.strip() for line in typed.split("\n"))
    return list(dict.fromkeys(key for key in keys if key))
