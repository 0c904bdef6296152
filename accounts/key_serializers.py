"""How API keys look in JSON, and which fields a request about them may carry."""

from typing import Any

from rest_framework import serializers

from accounts.api_keys import MAX_GRACE
from accounts.models import MAX_RATE, ApiKey
from accounts.origins import MAX_ORIGINS
from accounts.strict_input import OneOf, StrictInput, Text, WholeNumber


class Origins(serializers.ListField):
    """Origins of pages as browsers send them, or `*`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=Text(max_length=300), max_length=MAX_ORIGINS, **options)


class KeyOut(serializers.Serializer[Any]):
    """An API key as it is shown: never its text or hash, of which `prefix` is the beginning of the text."""

    id = serializers.UUIDField()
    project = serializers.CharField(source="environment.project.key")
    environment_id = serializers.UUIDField()
    environment_key = serializers.CharField(source="environment.key")
    kind = serializers.ChoiceField(choices=ApiKey.Kind.choices)
    name = serializers.CharField()
    prefix = serializers.CharField()
    allowed_origins = serializers.ListField(child=serializers.CharField())
    rate_limit = serializers.IntegerField(allow_null=True, help_text="Requests per minute; null: the installation's.")
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class IssuedKeyOut(KeyOut):
    """A key that was just made, and its text, which is shown this once."""

    key = serializers.CharField()


class KeyChange(StrictInput):
    """What may be changed of a key; what it was read with may come back as it was."""

    name = Text(max_length=100, required=False)
    allowed_origins = Origins(required=False)
    rate_limit = WholeNumber(min_value=1, max_value=MAX_RATE, allow_null=True, required=False)
    expires_at = serializers.DateTimeField(allow_null=True, required=False)
    kind = OneOf(choices=ApiKey.Kind.choices, required=False, help_text="Stays as it is.")
    id = serializers.UUIDField(read_only=True)
    project = serializers.CharField(read_only=True)
    environment_id = serializers.UUIDField(read_only=True)
    environment_key = serializers.CharField(read_only=True)
    prefix = serializers.CharField(read_only=True)
    revoked_at = serializers.DateTimeField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class KeyIn(StrictInput):
    """A key to issue, and the environment that it is for."""

    kind = OneOf(choices=ApiKey.Kind.choices)
    name = Text(max_length=100)
    allowed_origins = Origins(required=False, help_text="Any for a client key, none for a server key.")
    rate_limit = WholeNumber(min_value=1, max_value=MAX_RATE, allow_null=True, required=False)
    expires_at = serializers.DateTimeField(allow_null=True, required=False)
    project = Text(required=False, max_length=100, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False, max_length=100)
    environment_key = Text(required=False, max_length=100, help_text="Key, id or name.")


class RotationIn(StrictInput):
    """For how long the key goes on that is replaced."""

    grace_seconds = WholeNumber(min_value=0, max_value=MAX_GRACE, required=False)


class KeyPlace(serializers.Serializer[Any]):
    """Of which project and environment the keys are."""

    project = serializers.CharField(required=False, help_text="Key or id; `default` where none is named.")
    environment_key = serializers.CharField(required=False, help_text="Key, id or name.")
    environment_id = serializers.CharField(required=False)
