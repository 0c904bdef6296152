"""What people type to find an experiment, to make one, and to say what one is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.errors import Refusal
from accounts.forms import ListFilter
from accounts.models import Environment
from experiments.holding import etag
from experiments.models import Experiment
from experiments.services import ExperimentExists
from experiments.shares import even_shares
from flagkit.engine.algorithms import names
from flags.forms import ConfigForm, split_tags

_KEY = {"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
_FIXED = ("flag", "salt", "algorithm")  # once it has started
_MULTILINE = ("hypothesis", "description")


class FilterForm(ListFilter):
    """Which experiments the list shows."""

    search = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    status = forms.ChoiceField(required=False, choices=[("", "Any"), *Experiment.Status.choices])
    environment = forms.ChoiceField(required=False)
    flag = forms.CharField(required=False, label="On the flag")

    def __init__(self, given: Mapping[str, Any], environments: Sequence[Environment]) -> None:
        super().__init__(given)
        self.environments = {environment.key: environment for environment in environments}
        choices = [("", "All"), *((key, each.name) for key, each in self.environments.items())]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        """Those of `list_experiments`."""
        chosen = self.chosen()
        return {**chosen, "environment": self.environments.get(chosen.get("environment", ""))}


class AboutForm(ConfigForm):
    """What an experiment asks, and who answers for it."""

    name = forms.CharField(required=False, help_text="For people; the key is for programs.")
    hypothesis = forms.CharField(
        required=False,
        help_text="What do you expect, and why? “A green button is pressed more often, because it says go.”",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.CharField(required=False, help_text="E-mail of the person who answers for it.")
    tags = forms.CharField(required=False, help_text="Separated by commas.")
    flag = forms.CharField(
        required=False,
        label="On the flag",
        help_text="Key of a flag that serves the variants while the experiment runs. Empty: it stands alone.",
        widget=forms.TextInput(attrs=_KEY),
    )

    def fields_given(self) -> dict[str, Any]:
        """The arguments of the service."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("version", "confirmed")}
        given |= {
            name: given[name].replace("\r\n", "\n") for name in _MULTILINE if name in given
        }  # as browsers send it
        given |= {name: given[name] or None for name in ("owner", "flag") if name in given}
        return {**given, "tags": split_tags(given["tags"])}


class DefinitionForm(AboutForm):
    """What an experiment is, but for its key, its variants, and who takes part."""

    salt = forms.CharField(
        required=False, help_text="Which bucket a user has follows from it.", widget=forms.TextInput(attrs=_KEY)
    )
    algorithm = forms.ChoiceField(
        required=False,
        choices=[(name, name) for name in names()],
        help_text="xxh64, unless users come from another system.",
    )

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(given, auto_id="definition_%s", initial=_shown(experiment))
        self.require_tick(experiment.environment)
        drop_tick(self, experiment)
        for name in _FIXED if experiment.started_at is not None else ():
            del self.fields[name]


class VariantsForm(ConfigForm):
    """Variants, in rows beside it."""

    elsewhere = frozenset({"create", "update", "delete"})

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(given, auto_id="variants_%s", initial={"version": etag(experiment)})
        self.require_tick(experiment.environment)
        drop_tick(self, experiment)


class NewExperimentForm(AboutForm):
    """A draft that does not exist yet, with variants that share the buckets evenly."""

    key = forms.CharField(
        help_text="What programs ask for; it never changes. Letters, digits, dots, underscores, hyphens.",
        widget=forms.TextInput(attrs=_KEY),
    )
    environment = forms.ChoiceField(help_text="Where it runs.")
    variants = forms.CharField(
        help_text="Their keys, commas between; the first is the control. On a flag: keys of the flag's variants.",
        widget=forms.TextInput(attrs=_KEY),
    )
    field_order = ["key", "environment", "name", "hypothesis", "description", "variants", "flag"]

    def __init__(self, environments: Sequence[Environment], *, given: Any = None, initial: Any = None) -> None:
        super().__init__(given, initial=initial)
        self.environments = {environment.key: environment for environment in environments}
        choices = [(key, each.name) for key, each in self.environments.items()]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]
        del self.fields["confirmed"]

    def environment_given(self) -> Environment:
        return self.environments[self.cleaned_data["environment"]]

    def fields_given(self) -> dict[str, Any]:
        given = super().fields_given()
        return {name: value for name, value in given.items() if name not in ("environment", "variants")}

    def variants_given(self) -> list[dict[str, Any]]:
        return [{"key": key} for key in split_tags(self.cleaned_data["variants"])]

    def shares_given(self) -> dict[str, Any]:
        return even_shares([variant["key"] for variant in self.variants_given()])

    def take(self, refusal: Refusal, *, newest: str = "") -> None:
        if isinstance(refusal, ExperimentExists):
            self.add_error("key", refusal.message)
        else:
            super().take(refusal, newest=newest)

    def field_of(self, path: str) -> str | None:
        """What is said of a variant that is made is said of the list of them."""
        return "variants" if path.startswith("create") else super().field_of(path)


def drop_tick(form: ConfigForm, experiment: Experiment) -> None:
    """Users see nothing of what is changed in an experiment that does not run."""
    if not experiment.is_running:
        form.fields.pop("confirmed", None)


def _shown(experiment: Experiment) -> dict[str, Any]:
    names = ("name", "hypothesis", "description", "salt", "algorithm")
    return {
        **{name: getattr(experiment, name) for name in names},
        "owner": experiment.owner.email if experiment.owner else "",
        "tags": ", ".join(experiment.tags),
        "flag": experiment.flag.key if experiment.flag else "",
        "version": etag(experiment),
    }
