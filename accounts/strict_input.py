"""What a request body may be: known fields of exactly the right JSON type, in snake_case or camelCase."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

_UNKNOWN = "There is no such field. Take it out, or correct its name."
_TWICE = "Give this once: {camel} is the same field."


class StrictInput(serializers.Serializer[Any]):
    """Base of serializers that read: refuses fields it does not have, so that a typo changes nothing.

    A field `is_protected` may be called `isProtected`. Fields that are read-only may be sent and are ignored, so that
    a client can send back what it got.
    """

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The values that the request's body gives. Raises DRF's ValidationError."""
        body = cls(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # refuses it with its own sentence
        given, problems = self._known(data)
        try:
            found = super().to_internal_value(given)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**problems, **error.detail}) from error  # type: ignore[dict-item]
        if problems:
            raise serializers.ValidationError(problems)
        return found

    def _known(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        given: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, value in data.items():
            own = name if name in self.fields else snake_case(name)
            if own not in self.fields:
                problems[name] = [_UNKNOWN]
            elif own != name and own in data:
                problems[own] = [_TWICE.format(camel=name)]
            else:
                given[own] = value
        return given, problems


def snake_case(name: str) -> str:
    """`isProtected` as `is_protected`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if re.fullmatch(r"[a-z]+[a-zA-Z0-9]*", name) else name


class Text(serializers.CharField):
    """A JSON string; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Email(Text, serializers.EmailField):
    """An e-mail address, in lower case."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


class TrueOrFalse(serializers.BooleanField):
    """JSON's true or false; the text "true" is neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction; true is none, and neither is "1"."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return int(super().to_internal_value(data))


class OneOf(serializers.ChoiceField):
    """One of some JSON strings."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))
