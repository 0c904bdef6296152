"""What people type about an API key."""

from typing import Any

from django import forms

from accounts.api_keys import etag
from accounts.forms import RefusableForm, VersionedForm
from accounts.key_hash import ANY_ORIGIN
from accounts.models import MAX_RATE, ApiKey

_MOMENT = "%Y-%m-%dT%H:%M:%S"  # as the browser's own input for a day and a time wants it


class KeyForm(VersionedForm):
    """What may be changed of a key."""

    name = forms.CharField(max_length=100, help_text="For people: which program shows it.")
    allowed_origins = forms.CharField(
        required=False,
        label="Origins",
        help_text="Of the pages that may show it, one per line: https://shop.example, or * for any. Apps need none.",
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )
    rate_limit = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_RATE,
        label="Requests per minute",
        help_text="At most so many. Empty: as this installation has it.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires at (UTC)",
        help_text="Empty: never.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format=_MOMENT),
    )

    def __init__(self, key: ApiKey | None = None, *, given: Any = None) -> None:
        super().__init__(given, initial=_shown(key) if key else {"allowed_origins": ANY_ORIGIN})
        if key and key.kind == ApiKey.Kind.SERVER:
            del self.fields["allowed_origins"]

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service: what was changed, so that a moment keeps its fraction of a second."""
        given = {name: value for name, value in self.cleaned_data.items() if name in self.changed_data}
        given.pop("version", None)
        if "allowed_origins" in given:
            given["allowed_origins"] = given["allowed_origins"].split()
        return given


class NewKeyForm(KeyForm):
    """A key to issue."""

    kind = forms.ChoiceField(
        choices=[
            ("client", "Client: for browsers and apps, which everybody can read; asks for visible flags"),
            ("server", "Server: for programs of your own; reads all definitions and asks for every flag"),
        ],
        widget=forms.RadioSelect,
        initial="client",
    )
    field_order = ["kind"]

    def fields_given(self) -> dict[str, Any]:
        """As `KeyForm`, with what is always needed; a server key has no origins, whatever stands there."""
        given = {**super().fields_given(), "kind": self.cleaned_data["kind"], "name": self.cleaned_data["name"]}
        if given["kind"] == ApiKey.Kind.SERVER:
            given.pop("allowed_origins", None)
        return given


class RotationForm(RefusableForm):
    """For how long the old key goes on."""

    grace = forms.TypedChoiceField(
        label="The old key works for",
        coerce=int,
        choices=[(0, "no longer"), (3600, "one more hour"), (86_400, "one more day"), (604_800, "one more week")],
        initial=3600,
    )


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "allowed_origins": "\n".join(key.allowed_origins),
        "rate_limit": key.rate_limit,
        "expires_at": key.expires_at,
        "version": etag(key),
    }
