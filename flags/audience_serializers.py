"""How audiences look in JSON, and which fields a request about them may carry."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.strict_input import StrictInput, Text
from flags import json_shapes as shapes
from flags.models import Audience
from flags.serializers import PlaceQuery, Plain

FIELDS = ("key", "name", "description", "rules", "included", "excluded")


class AudienceSerializer(serializers.ModelSerializer[Audience]):
    """Who belongs together in one environment."""

    environment_id = serializers.UUIDField(read_only=True)
    environment_key = serializers.CharField(source="environment.key", read_only=True)
    project = serializers.CharField(source="environment.project.key", read_only=True)
    rules = Plain(shapes.AUDIENCE_RULES, read_only=True)
    included = Plain(shapes.KEYS, read_only=True)
    excluded = Plain(shapes.KEYS, read_only=True)

    class Meta:
        model = Audience
        fields: ClassVar[list[str]] = [
            *("id", "project", "environment_id", "environment_key", *FIELDS),
            *("version", "created_at", "updated_at"),
        ]
        read_only_fields = fields


class AudienceInput(StrictInput):
    """A new audience in the environment that is named."""

    key = Plain(shapes.TEXT)
    name = Plain(shapes.TEXT, required=False)
    description = Plain(shapes.TEXT, required=False)
    rules = Plain(shapes.AUDIENCE_RULES, required=False)
    included = Plain(shapes.KEYS, required=False)
    excluded = Plain(shapes.KEYS, required=False)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")


class AudienceChange(AudienceInput):
    """A change of an audience; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "id", "created_at", "updated_at")

    key = Plain(shapes.TEXT, required=False, help_text="Stays as it is.")
    version = Plain(shapes.ECHO, required=False)
    id = Plain(shapes.ECHO, required=False)
    created_at = Plain(shapes.ECHO, required=False)
    updated_at = Plain(shapes.ECHO, required=False)


class AudienceQuery(PlaceQuery):
    """Which audiences are listed: those of one environment, or of all."""

    search = serializers.CharField(required=False, max_length=200, help_text="In key, name or description.")


def fields_of(given: Any) -> dict[str, Any]:
    """What is to be set."""
    return {name: given[name] for name in FIELDS if name in given}
