"""How history looks in JSON, and which filters a request for it may carry."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from audit.models import Entry
from audit.queries import FLAG_SUBJECTS

_CHANGE = inline_serializer("Change", {"old": serializers.JSONField(), "new": serializers.JSONField()})


class EntrySerializer(serializers.ModelSerializer[Entry]):
    """One change of one row: who, when, which row, and each field's old and new value."""

    flag_key = serializers.SerializerMethodField()
    project = serializers.SerializerMethodField()
    environment = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields: ClassVar[list[str]] = [
            *("id", "at", "actor_id", "actor", "action", "subject", "subject_id", "key", "flag_key"),
            *("project", "environment", "changes"),
        ]
        read_only_fields = fields

    def get_flag_key(self, entry: Entry) -> str | None:
        return entry.key if entry.subject in FLAG_SUBJECTS else None

    def get_project(self, entry: Entry) -> str | None:
        return entry.project or None

    def get_environment(self, entry: Entry) -> str | None:
        return entry.environment or None

    @extend_schema_field(serializers.DictField(child=_CHANGE))
    def get_changes(self, entry: Entry) -> dict[str, Any]:
        return {field: {"old": old, "new": new} for field, (old, new) in entry.changes.items()}


class EntryQuery(serializers.Serializer[Any]):
    """Which entries are asked for. Everything given must match."""

    project = serializers.CharField(required=False, help_text="Key.")
    environment = serializers.CharField(required=False, help_text="Key.")
    actor = serializers.CharField(required=False, help_text="E-mail or id.")
    action = serializers.ChoiceField(required=False, choices=Entry.Action.choices)
    subject = serializers.CharField(required=False, help_text="flag, flag_config, environment, user, …")
    key = serializers.CharField(required=False)
    since = serializers.DateTimeField(required=False, help_text="ISO 8601, included; UTC where it names no zone.")
    until = serializers.DateTimeField(required=False, help_text="ISO 8601, not included.")
