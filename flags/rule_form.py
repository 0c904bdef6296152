"""What people type to add one simple rule: who, by one attribute, and for a flag what they get."""

from collections.abc import Callable
from typing import Any

from django import forms

from accounts.errors import Refusal
from accounts.models import Environment
from flags.forms import ConfigForm
from flags.json_text import NotJson, read_json
from flags.models import Flag, FlagConfig
from flags.rules import Rule
from flags.serves import number_of
from flags.services import etag

MISSING = "missing"  # beside `exists`, which takes true or false
OFF = ""  # what is served while off: no variant has an empty key

OPERATORS = {  # as people choose them
    "eq": "is",
    "neq": "is there and is not",
    "in": "is one of (commas between)",
    "not_in": "is there and is none of (commas between)",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "semver_gte": "is this version or above",
    "semver_lt": "is a version below",
    "before": "is before (date)",
    "after": "is after (date)",
    "matches": "matches the pattern",
    "exists": "is there",
    MISSING: "is missing",
    "in_audience": "is in the audience (no attribute)",
}
_NUMERIC = ("gt", "gte", "lt", "lte")
_LISTS = ("in", "not_in", "in_audience")
_WITHOUT_VALUE = ("exists", MISSING)


class ConditionForm(ConfigForm):
    """Whom a rule is about, by one condition."""

    rule_name = forms.CharField(required=False, label="Name of the rule", help_text="For people.")
    attribute = forms.CharField(
        required=False,
        help_text="Of the context: country, plan, user.age; targeting_key is the user id.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    operator = forms.ChoiceField(label="Comparison", choices=list(OPERATORS.items()))
    wanted = forms.CharField(
        required=False, label="Compared with", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    kind = forms.ChoiceField(
        required=False,
        label="Compared as",
        choices=[("text", "Text"), ("number", "Number"), ("boolean", "True or false")],
    )

    def __init__(self, environment: Environment, *, version: str, given: Any = None, initial: Any = None) -> None:
        super().__init__(given, auto_id="rule_%s", initial={"version": version, **(initial or {})})
        self.require_tick(environment)

    def rule(self) -> Rule:
        """The rule as the service takes it."""
        named = {"name": self.cleaned_data["rule_name"]} if self.cleaned_data["rule_name"] else {}
        return {"conditions": [self._condition()], **named}

    def clean(self) -> None:
        """Values of the type that was chosen."""
        if "wanted" not in self.cleaned_data or "operator" not in self.cleaned_data:
            return
        try:
            self.cleaned_data["wanted"] = self._values()
        except ValueError as error:
            self.add_error("wanted", str(error))
        if self.cleaned_data["operator"] != "in_audience" and not self.cleaned_data.get("attribute"):
            self.add_error("attribute", "Name the attribute that is compared.")

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        """What is said of the new rule is said at the form."""
        if refusal.fields:
            self.add_error(self.blamed(refusal), [sentence for each in refusal.fields.values() for sentence in each])
        else:
            super().take(refusal, newest=newest)

    def blamed(self, refusal: Refusal) -> str | None:
        """The field that the refusal comes from; None for the form as a whole."""
        return None

    def _condition(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given["operator"] == "in_audience":
            return {"operator": "in_audience", "value": given["wanted"]}
        if given["operator"] in _WITHOUT_VALUE:
            there = given["operator"] == "exists"
            return {"attribute": given["attribute"], "operator": "exists", "value": there}
        return {"attribute": given["attribute"], "operator": given["operator"], "value": given["wanted"]}

    def _values(self) -> Any:
        operator, typed = self.cleaned_data["operator"], self.cleaned_data["wanted"]
        if operator in _WITHOUT_VALUE:
            return None
        if not typed:
            raise ValueError("Say what it is compared with.")
        kind = "number" if operator in _NUMERIC else self.cleaned_data.get("kind") or "text"
        if operator in _LISTS:
            read = _READERS["text" if operator == "in_audience" else kind]
            return [read(part.strip()) for part in typed.split(",") if part.strip()]
        return _READERS[kind](typed)


class RuleForm(ConditionForm):
    """A flag's rule with one condition."""

    served = forms.ChoiceField(required=False, label="Serves")
    share = forms.DecimalField(
        required=False,
        label="To this share of them, in percent",
        help_text="Empty: to all of them.",
        widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": "0.001", "inputmode": "decimal"}),
    )

    def __init__(self, flag: Flag, environment: Environment, config: FlagConfig, *, given: Any = None) -> None:
        keys = [variant["key"] for variant in flag.variants]
        first = "on" if "on" in keys else keys[0]
        super().__init__(environment, version=etag(flag, config), given=given, initial={"served": first})
        choices = [*((key, key) for key in keys), (OFF, "what is served while off")]
        self.fields["served"].choices = choices  # type: ignore[attr-defined]

    def rule(self) -> Rule:
        given = self.cleaned_data
        rule = {**super().rule(), "serve": {"variant": given["served"]} if given["served"] != OFF else {"off": True}}
        if given["share"] is not None:
            rule["rollout_percentage"] = number_of(given["share"])
        return rule

    def blamed(self, refusal: Refusal) -> str | None:
        return "share" if any(path.endswith("rollout_percentage") for path in refusal.fields) else None


def _number(typed: str) -> Any:
    try:
        value = read_json(typed)
    except NotJson:
        value = None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{typed} is not a number. Write 18 or 1.5, or compare as text.")
    return value


def _boolean(typed: str) -> bool:
    if typed not in ("true", "false"):
        raise ValueError("Write true or false.")
    return typed == "true"


_READERS: dict[str, Callable[[str], Any]] = {"text": str, "number": _number, "boolean": _boolean}
