"""What people type to sign in and to sign up, and how a form takes a service's refusal."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from accounts.errors import Invalid, Outdated, Refusal


class RefusableForm(forms.Form):
    """A form whose service has the last word: the form reads what was typed, the service says what is wrong with it.

    `elsewhere` names what the page shows beside the form, with its own sentences.
    """

    elsewhere: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, given: Any = None, **kwargs: Any) -> None:
        super().__init__(given, label_suffix="", **kwargs)

    def require_valid(self) -> None:
        """Raises Invalid when something could not even be read."""
        if not self.is_valid():
            raise Invalid("Some of the input is not valid.")

    def take(self, refusal: Refusal) -> None:
        """Show why it was refused, at the fields that the refusal names."""
        for path, sentences in refusal.fields.items():
            if path.partition(".")[0] not in self.elsewhere:
                self.add_error(self.field_of(path), list(sentences))
        if not self.errors:
            self.add_error(None, "Nothing was saved yet: see what is marked." if refusal.fields else refusal.message)

    def field_of(self, path: str) -> str | None:
        """The field of this form that a refusal's path (`serve.split.0.weight`) is about."""
        name = path.partition(".")[0]
        return name if name in self.fields else None


class ListFilter(forms.Form):
    """Which rows a list shows. What is not understood is left aside; fields of `hides_nothing` only show otherwise."""

    hides_nothing: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given, label_suffix="")

    def chosen(self) -> dict[str, Any]:
        """What was typed, by field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def narrows(self) -> bool:
        """Whether rows may be hidden by it."""
        return bool(self.chosen().keys() - self.hides_nothing)


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


def sentences_about(fields: Mapping[str, Sequence[str]], place: str) -> list[str]:
    """What a refusal says about this place (`variants.0`) and everything below it."""
    return [sentence for path, told in fields.items() if f"{path}.".startswith(f"{place}.") for sentence in told]


class SignInForm(RefusableForm):
    """E-mail and password of somebody who has an account."""

    email = forms.CharField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class SignUpForm(RefusableForm):
    """What a new account needs; its role comes later, from an admin."""

    email = forms.CharField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    name = forms.CharField(
        required=False, label="Name (optional)", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False,
        help_text="At least 8 characters; a sentence that only you know works well.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
