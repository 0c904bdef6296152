"""What people type about whom a flag is for in one environment: single users, and the rules as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.errors import Refusal
from accounts.models import Environment
from flagkit.engine.attributes import TARGETING_KEY
from flags.forms import ConfigForm
from flags.json_text import NotJson, read_json, written
from flags.key_lists import is_typable, keys_field, keys_in
from flags.models import Flag, FlagConfig
from flags.rules import Rule
from flags.services import etag
from flags.slot_maps import is_weighted

MAX_LINES = 30

Target = Mapping[str, Any]


class RulesField(forms.CharField):
    """Rules as JSON, in the form that the API takes; no text stands for no rules."""

    widget = forms.Textarea(attrs={"class": "code", "spellcheck": "false", "autocapitalize": "none"})

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return read_json(typed) if typed else []
        except NotJson as error:
            raise forms.ValidationError(str(error)) from error


class TargetingForm(ConfigForm):
    """Single users by variant, and all rules at once; prerequisites stand beside it, in rows."""

    elsewhere = frozenset({"prerequisites"})

    rules = RulesField(required=False, label="Rules as JSON", help_text="Tried in this order. Keep the ids.")

    def __init__(self, flag: Flag, environment: Environment, config: FlagConfig, *, given: Any = None) -> None:
        super().__init__(given, auto_id="targeting_%s", initial=_shown(flag, config))
        self.config = config
        self.keys = [variant["key"] for variant in flag.variants]
        if not is_typable([key for target in config.targets for key in target["keys"]]):
            self.keys = []
        for key in self.keys:
            self.fields[_field(key)] = keys_field(f"Always served {key}")
        self.fields["rules"].widget.attrs["rows"] = _height(self.initial["rules"])
        self.require_tick(environment)

    def config_given(self) -> dict[str, Any]:
        """The arguments of the service, but for the prerequisites."""
        given = {"rules": self.cleaned_data["rules"]}
        return {**given, "targets": self._targets()} if self.keys else given

    def targets(self) -> list[BoundField]:
        return [self[_field(key)] for key in self.keys]

    def keeps_targets(self) -> bool:
        """Whether there are single users who cannot be edited here."""
        return not self.keys or any(_by_attribute(target) for target in self.config.targets)

    def clean(self) -> None:
        """Nobody can be served two variants."""
        taken: dict[str, str] = {}
        for variant in self.keys:
            for key in keys_in(self.cleaned_data.get(_field(variant), "")):
                if key in taken:
                    self.add_error(_field(variant), f"{key} stands at {taken[key]} as well. Take one of them out.")
                taken[key] = variant

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        refusal.fields = {path: placed(path, sentences) for path, sentences in refusal.fields.items()}
        super().take(refusal, newest=newest)

    def field_of(self, path: str) -> str | None:
        if not path.startswith("targets."):
            return super().field_of(path)
        at = path.split(".")[1]
        variants = [target["variant"] for target in self._targets()]
        return _field(variants[int(at)]) if at.isdigit() and int(at) < len(variants) else None

    def _targets(self) -> list[dict[str, Any]]:
        """The targets in the order in which they stood, new ones behind them."""
        typed = {variant: keys_in(self.cleaned_data.get(_field(variant), "")) for variant in self.keys}
        found: list[dict[str, Any]] = []
        for target in self.config.targets:
            if _by_attribute(target):
                found.append(dict(target))
            elif keys := typed.pop(target["variant"], []):
                found.append({"variant": target["variant"], "keys": keys})
        return [*found, *({"variant": variant, "keys": keys} for variant, keys in typed.items() if keys)]


def shown_rules(rules: Sequence[Rule]) -> str:
    """The rules as people edit them: buckets are ours to give, so they are left out."""
    return written([_without_buckets(rule) for rule in rules]) if rules else ""


def _without_buckets(rule: Rule) -> Rule:
    if not is_weighted(rule.get("serve", {})):
        return rule
    arms = [{"variant": arm["variant"], "weight": arm["weight"]} for arm in rule["serve"]["split"]]
    return {**rule, "serve": {"split": arms}}


def _shown(flag: Flag, config: FlagConfig) -> dict[str, Any]:
    """Each key at the variant that it is served: the first target that names it."""
    shown: dict[str, list[str]] = {variant["key"]: [] for variant in flag.variants}
    seen: set[str] = set()
    for target in config.targets:
        if not _by_attribute(target):
            shown.setdefault(target["variant"], []).extend(key for key in target["keys"] if key not in seen)
            seen.update(target["keys"])
    fields = {_field(variant): "\n".join(keys) for variant, keys in shown.items()}
    return {**fields, "rules": shown_rules(config.rules), "version": etag(flag, config)}


def _by_attribute(target: Target) -> bool:
    """Whether it names values of an attribute, not users."""
    return bool(target.get("by", TARGETING_KEY) != TARGETING_KEY)


def placed(path: str, sentences: Sequence[str]) -> list[str]:
    """The sentences with the rule and the part of it that they are about: `Rule 2, serve: …`."""
    name, _, rest = path.partition(".")
    at, _, part = rest.partition(".")
    if name != "rules" or not at.isdigit():
        return list(sentences)
    place = f"Rule {int(at) + 1}" + (f", {part}" if part else "")
    return [f"{place}: {sentence}" for sentence in sentences]


def _height(text: str) -> int:
    return min(max(text.count("\n") + 1, 6), MAX_LINES)


def _field(variant: str) -> str:
    return f"keys-{variant}"
