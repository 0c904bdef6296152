"""What people type to ask why a flag answers what it answers: a user and what is known about them."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.forms import RefusableForm
from accounts.json_values import problem_with
from flagkit.engine import Context
from flags.json_text import NotJson, read_json


class WhyForm(RefusableForm):
    """A context as callers send it."""

    user_id = forms.CharField(
        required=False,
        label="User id",
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    context = forms.CharField(
        required=False,
        label="What is known about them",
        help_text='As JSON: {"country": "US", "plan": "pro"}',
        widget=forms.Textarea(attrs={"class": "code", "rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, given: Any = None) -> None:
        super().__init__(given, auto_id="why_%s")

    def clean_context(self) -> dict[str, Any]:
        """The attributes; none where nothing was typed."""
        try:
            attributes = read_json(self.cleaned_data["context"] or "{}")
        except NotJson as error:
            raise forms.ValidationError(str(error)) from error
        if not isinstance(attributes, dict):
            raise forms.ValidationError('Write an object of attributes: {"country": "US"}.')
        if problem := problem_with(attributes):
            raise forms.ValidationError(problem)
        return attributes

    def asked(self) -> Context:
        """The subject as evaluation sees it now."""
        return Context(self.cleaned_data["user_id"] or None, self.cleaned_data["context"], timezone.now())
