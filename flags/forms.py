"""What people type about a flag: what it is, and what it does in one environment."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.errors import Outdated, Refusal
from accounts.forms import RefusableForm
from accounts.models import Environment
from flags import wording
from flags.models import Flag, FlagConfig
from flags.services import FlagExists, etag
from flags.slot_maps import is_weighted

_BOOLEAN = (Flag.Type.BOOLEAN, Flag.Type.PERCENTAGE)


class FilterForm(forms.Form):
    """Which flags the list shows. What is not understood is left aside."""

    search = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    flag_type = forms.ChoiceField(
        required=False, label="Type", choices=[("", "Any"), *((value, value.title()) for value in Flag.Type.values)]
    )
    tag = forms.CharField(required=False)
    archived = forms.ChoiceField(required=False, label="Show", choices=[("", "In use"), ("yes", "Archived")])
    sort = forms.ChoiceField(
        required=False,
        label="Sort by",
        choices=[("", "Key"), ("-updated_at", "Last edited"), ("-created_at", "Newest")],
    )

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given, label_suffix="")

    def chosen(self) -> dict[str, Any]:
        """The arguments of `list_flags`."""
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return {**chosen, "archived": "archived" in chosen}

    def narrows(self) -> bool:
        """Whether flags may be hidden by what was chosen."""
        chosen = self.chosen()
        return chosen.pop("archived") or bool(chosen.keys() - {"sort"})


class VersionedForm(RefusableForm):
    """A form that remembers which version it was read from."""

    is_outdated = False
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def read(self) -> str | None:
        """The version that was on the page when somebody began to type."""
        return self.cleaned_data["version"] or None

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        """Where somebody else saved in between, whoever saves again has seen it and means it."""
        if not isinstance(refusal, Outdated):
            super().take(refusal)
        else:
            self.add_error(None, "Somebody else saved this while you were editing, so yours was not saved yet.")
            self.is_outdated = True
            self.data = {**dict(self.data.items()), "version": newest}


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


class SettingsForm(VersionedForm):
    """What a flag does in one environment."""

    is_enabled = forms.BooleanField(required=False, label="On", widget=forms.CheckboxInput(attrs={"role": "switch"}))
    rollout_percentage = forms.DecimalField(
        label="Share of users",
        help_text="0 to 100 %, in steps of 0.001. Raising it keeps everyone who has it.",
        widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": "0.001", "inputmode": "decimal"}),
    )
    serves = forms.ChoiceField(
        label="Serves while on",
        choices=[("variant", "The same variant to everyone:"), ("split", "A split of users, in percent:")],
        widget=forms.RadioSelect,
    )
    variant = forms.ChoiceField(label="Variant for everyone")
    off_variant = forms.ChoiceField(required=False, label="Served while off")
    confirmed = forms.BooleanField()

    def __init__(self, flag: Flag, environment: Environment, config: FlagConfig, *, given: Any = None) -> None:
        super().__init__(given, auto_id="settings_%s", initial=_settings(flag, config))
        self.flag = flag
        self.keys = [variant["key"] for variant in flag.variants]
        self._offer_variants()
        self._drop_unused(config)
        self.fields["confirmed"].label = f"Yes, change what {environment.name} serves right now."
        if not environment.is_protected:
            del self.fields["confirmed"]

    def config_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = self.cleaned_data
        names = ("is_enabled", "rollout_percentage", "off_variant")
        config: dict[str, Any] = {name: given[name] for name in names if name in self.fields}
        return {**config, "serve": self._serve()} if "serves" in self.fields else config

    def weights(self) -> list[BoundField]:
        return [self[_weight(key)] for key in self.keys if _weight(key) in self.fields]

    def field_of(self, path: str) -> str | None:
        return super().field_of(path.replace("serve", "serves", 1) if path.startswith("serve") else path)

    def _offer_variants(self) -> None:
        choices = [(key, key) for key in self.keys]
        nothing = "off" if self.flag.type == "boolean" else "nothing: callers use their own default"
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]
        self.fields["off_variant"].choices = [("", nothing), *choices]  # type: ignore[attr-defined]
        for key in self.keys:
            weight = forms.NumberInput(attrs={"min": 0, "max": 100, "step": "0.001", "inputmode": "decimal"})
            self.fields[_weight(key)] = forms.DecimalField(required=False, label=key, widget=weight)

    def _drop_unused(self, config: FlagConfig) -> None:
        """A percentage flag serves a share of users, others serve variants; booleans are false while they are off.

        What is served in a form that has no fields here stays as it is.
        """
        unused = ["rollout_percentage"]
        serving = ["serves", "variant", *(_weight(key) for key in self.keys)]
        if self.flag.flag_type == Flag.Type.PERCENTAGE:
            unused = serving
        elif "off" in config.serve or (wording.deals_users(config) and not is_weighted(config.serve)):
            unused += serving
        if self.flag.flag_type in _BOOLEAN and not config.off_variant:
            unused.append("off_variant")
        for name in unused:
            del self.fields[name]

    def _serve(self) -> dict[str, Any]:
        if self.cleaned_data["serves"] == "variant":
            return {"variant": self.cleaned_data["variant"]}
        weights = {key: self.cleaned_data[_weight(key)] for key in self.keys}
        return {"split": [{"variant": key, "weight": weight} for key, weight in weights.items() if weight is not None]}


def definition_of(flag: Flag) -> dict[str, Any]:
    """What the definition form shows before anybody typed."""
    names = ("name", "description", "purpose", "is_temporary")
    owner = flag.owner.email if flag.owner else ""
    shown = {name: getattr(flag, name) for name in names}
    return {**shown, "tags": ", ".join(flag.tags), "owner": owner, "version": etag(flag)}


def split_tags(typed: str) -> Sequence[str]:
    return list(dict.fromkeys(re.findall(r"[^\s,]+", typed)))


def _weight(key: str) -> str:
    return f"weight-{key}"


def _settings(flag: Flag, config: FlagConfig) -> dict[str, Any]:
    split = config.serve["split"] if is_weighted(config.serve) else []
    return {
        "is_enabled": config.is_enabled,
        "rollout_percentage": _plain(config.rollout_percentage),
        "serves": "split" if split else "variant",
        "variant": wording.served(flag, config) if not split else flag.variants[0]["key"],
        "off_variant": config.off_variant,
        "version": etag(flag, config),
        **{_weight(arm["variant"]): _plain(arm["weight"]) for arm in split},
    }


def _plain(number: Any) -> str:
    """12.500 as people write it: 12.5."""
    return format(Decimal(str(number)).normalize(), "f")
