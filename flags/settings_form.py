"""What people type about what a flag does in one environment."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.models import Environment
from flags import wording
from flags.forms import VersionedForm
from flags.models import Flag, FlagConfig
from flags.services import etag
from flags.slot_maps import is_weighted

_BOOLEAN = (Flag.Type.BOOLEAN, Flag.Type.PERCENTAGE)


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
