"""What people type to find a flag, and to say what one is."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.errors import Refusal
from accounts.forms import ListFilter, VersionedForm
from accounts.models import Environment
from flags.models import Flag
from flags.services import FlagExists, etag


class FilterForm(ListFilter):
    """Which flags the list shows."""

    hides_nothing = frozenset({"sort"})
    search = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    flag_type = forms.ChoiceField(
        required=False, label="Type", choices=[("", "Any"), *((value, value.title()) for value in Flag.Type.values)]
    )
    tag = forms.CharField(required=False)
    archived = forms.ChoiceField(required=False, label="Show", choices=[("", "In use"), ("yes", "Archived")])
    sort = forms.ChoiceField(
        required=False,
        label="Sort by",
        choices=[("", "Key"), ("-created_at", "Newest first")],
    )

    def arguments(self) -> dict[str, Any]:
        """Those of `list_flags`."""
        chosen = self.chosen()
        return {**chosen, "archived": "archived" in chosen}


class ConfigForm(VersionedForm):
    """A form about one environment: where that is protected, it takes a tick."""

    confirmed = forms.BooleanField()

    def require_tick(self, environment: Environment) -> None:
        """Ask for the tick where users see the change, and for none elsewhere."""
        self.fields["confirmed"].label = f"Yes, change what {environment.name} serves right now."
        if not environment.is_protected:
            del self.fields["confirmed"]


class DefinitionForm(VersionedForm):
    """What a flag is, but for its key, its type and its variants."""

    elsewhere = frozenset({"variants"})

    name = forms.CharField(required=False, help_text="For people; the key is for programs.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tags = forms.CharField(required=False, help_text="Separated by commas.")
    owner = forms.CharField(required=False, label="Owner", help_text="E-mail of the person who answers for it.")
    purpose = forms.ChoiceField(
        choices=[(value, value.replace("_", " ").capitalize()) for value in Flag.Purpose.values]
    )
    is_temporary = forms.BooleanField(required=False, label="Temporary", help_text="To be removed once it is done.")
    is_client_visible = forms.BooleanField(
        required=False,
        label="Visible to clients",
        help_text="Client keys, which everybody can read in a browser or app, may ask for it.",
    )

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        description = given["description"].replace("\r\n", "\n")  # browsers send it so
        tags, owner = split_tags(given["tags"]), given["owner"] or None
        return {**given, "description": description, "tags": tags, "owner": owner}


class NewFlagForm(DefinitionForm):
    """A flag that does not exist yet."""

    key = forms.CharField(
        help_text="What programs ask for; it never changes. Letters, digits, dots, underscores, hyphens.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    flag_type = forms.ChoiceField(label="Type", choices=Flag.Type.choices)
    field_order = ["key", "name", "description", "flag_type"]

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        if isinstance(refusal, FlagExists):
            self.add_error("key", "A flag of this key exists, in use or archived. Choose another key.")
        else:
            super().take(refusal, newest=newest)


def definition_of(flag: Flag) -> dict[str, Any]:
    """What the definition form shows before anybody typed."""
    names = ("name", "description", "purpose", "is_temporary", "is_client_visible")
    owner = flag.owner.email if flag.owner else ""
    shown = {name: getattr(flag, name) for name in names}
    return {**shown, "tags": ", ".join(flag.tags), "owner": owner, "version": etag(flag)}


def split_tags(typed: str) -> Sequence[str]:
    return list(dict.fromkeys(re.findall(r"[^\s,]+", typed)))
