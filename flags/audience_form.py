"""What people type about an audience: who is in, who is out, and rules for everyone else."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.errors import Refusal
from accounts.models import Environment
from flags.audiences import AudienceExists, etag
from flags.forms import ConfigForm
from flags.key_lists import is_typable, keys_field, keys_in
from flags.models import Audience
from flags.targeting_form import RulesField, placed, shown_rules

_KEYS = ("included", "excluded")
_EXAMPLE = '[{"conditions": [{"attribute": "country", "operator": "in", "value": ["US", "CA"]}]}]'


class AudienceForm(ConfigForm):
    """An audience that exists, or, with its key, a new one."""

    key = forms.CharField(
        help_text="What rules ask for; it never changes. Letters, digits, dots, underscores, hyphens.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(required=False, help_text="For people; the key is for rules.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    included = keys_field("Always in", "User ids, one per line.")
    excluded = keys_field("Never in", "User ids, one per line. Whoever stands in both is out.")
    rules = RulesField(
        required=False,
        label="Rules as JSON",
        help_text=f"Who matches one of them is in: {_EXAMPLE}",
    )

    def __init__(self, environment: Environment, audience: Audience | None = None, *, given: Any = None) -> None:
        super().__init__(given, initial=_shown(audience) if audience else {})
        self.fields["rules"].widget.attrs["rows"] = 10
        if audience is not None:
            for name in ("key", *(name for name in _KEYS if not is_typable(getattr(audience, name)))):
                del self.fields[name]
        self.require_tick(environment)

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("version", "confirmed")}
        keys = {name: keys_in(given[name]) for name in _KEYS if name in given}
        return {**given, **keys, "description": given["description"].replace("\r\n", "\n")}

    def keeps_keys(self) -> bool:
        """Whether there are lists of keys that cannot be edited here."""
        return not all(name in self.fields for name in _KEYS)

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        if isinstance(refusal, AudienceExists):
            self.add_error("key", refusal.message)
            return
        refusal.fields = {path: placed(path, sentences) for path, sentences in refusal.fields.items()}
        super().take(refusal, newest=newest)


def _shown(audience: Audience) -> Mapping[str, Any]:
    return {
        "name": audience.name,
        "description": audience.description,
        **{name: "\n".join(getattr(audience, name)) for name in _KEYS},
        "rules": shown_rules(audience.rules),
        "version": etag(audience),
    }
