"""How flags and their configs look in JSON, and which fields a request about them may carry."""

from typing import Any, ClassVar

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.strict_input import StrictInput, Text, TrueOrFalse
from flags import json_shapes as shapes
from flags.models import Flag, FlagConfig
from flags.queries import SORTS
from flags.serves import number_of
from flags.warnings import warnings_of

CONFIG_FIELDS = ("is_enabled", "rollout_percentage", "serve", "off_variant", "prerequisites", "targets", "rules")


class Plain(serializers.Field):  # type: ignore[type-arg]
    """A field that passes as it is: services say what it may hold. `shape` is its JSON schema."""

    def __init__(self, shape: shapes.Shape, **options: Any) -> None:
        super().__init__(**options)
        set_override(self, "field", shape)

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Percentage(Plain):
    """Percent as a JSON number: 30, 12.5."""

    def __init__(self, **options: Any) -> None:
        super().__init__(shapes.PERCENT, **options)

    def to_representation(self, value: Any) -> int | float:
        return number_of(value)


class ConfigSerializer(serializers.ModelSerializer[FlagConfig]):
    """What a flag does in one environment; version 0 and no `updated_at` where nothing was ever set."""

    environment_id = serializers.UUIDField(read_only=True)
    environment_key = serializers.CharField(source="environment.key", read_only=True)
    rollout_percentage = Percentage(read_only=True)
    serve = Plain(shapes.SERVE, read_only=True)
    prerequisites = Plain(shapes.PREREQUISITES, read_only=True)
    targets = Plain(shapes.TARGETS, read_only=True)
    rules = Plain(shapes.RULES, read_only=True)

    class Meta:
        model = FlagConfig
        fields: ClassVar[list[str]] = ["environment_id", "environment_key", *CONFIG_FIELDS, "version", "updated_at"]
        read_only_fields = fields


_CONFIG = ConfigSerializer()  # one for all, because making a serializer's fields takes longer than reading a row


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """A flag with what it does everywhere, and beside its own fields what it does in the environment that was named.

    Context: `settings` as `flags.queries.settings_of` gives them, `environment` or None.
    """

    project = serializers.CharField(source="project.key", read_only=True)
    flag_type = Plain(shapes.TYPE, read_only=True)
    type = serializers.CharField(read_only=True, help_text="Of the values: a percentage flag is a boolean one.")
    purpose = Plain(shapes.PURPOSE, read_only=True)
    variants = Plain(shapes.VARIANTS, read_only=True)
    tags = Plain(shapes.TAGS, read_only=True)
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    client_visible = serializers.BooleanField(source="is_client_visible", read_only=True)
    is_archived = serializers.SerializerMethodField()
    environments = serializers.SerializerMethodField()

    class Meta:
        model = Flag
        fields: ClassVar[list[str]] = [
            *("id", "key", "name", "description", "project", "flag_type", "type", "variants", "tags", "owner"),
            *("purpose", "is_temporary", "client_visible", "is_archived", "archived_at", "version"),
            *("created_at", "updated_at", "environments"),
        ]
        read_only_fields = fields

    def get_is_archived(self, flag: Flag) -> bool:
        return flag.archived_at is not None

    @extend_schema_field(serializers.DictField(child=ConfigSerializer()))
    def get_environments(self, flag: Flag) -> dict[str, Any]:
        settings = self.context["settings"][flag.pk]
        return {key: _CONFIG.to_representation(config) for key, config in settings.items()}

    def to_representation(self, flag: Flag) -> dict[str, Any]:
        shown = super().to_representation(flag)
        if environment := self.context["environment"]:
            here = shown["environments"][environment.key]
            shown |= {name: here[name] for name in ("environment_id", "environment_key", *CONFIG_FIELDS)}
        return shown


class SavedConfigSerializer(ConfigSerializer):
    """A config that was just saved, and what to look at in it."""

    warnings = serializers.SerializerMethodField()

    class Meta(ConfigSerializer.Meta):
        fields: ClassVar[list[str]] = [*ConfigSerializer.Meta.fields, "warnings"]
        read_only_fields = fields

    @extend_schema_field(shapes.WARNINGS)
    def get_warnings(self, config: FlagConfig) -> list[dict[str, Any]]:
        return warnings_of(config.flag, config)


class SavedFlagSerializer(FlagSerializer):
    """A flag that was just saved, and what to look at in what it does in the environment that was named."""

    warnings = serializers.SerializerMethodField()

    class Meta(FlagSerializer.Meta):
        fields: ClassVar[list[str]] = [*FlagSerializer.Meta.fields, "warnings"]
        read_only_fields = fields

    @extend_schema_field(shapes.WARNINGS)
    def get_warnings(self, flag: Flag) -> list[dict[str, Any]]:
        environment = self.context["environment"]
        return warnings_of(flag, self.context["settings"][flag.pk][environment.key]) if environment else []


class ConfigInput(StrictInput):
    """What may be set in one environment."""

    is_enabled = Plain(shapes.SWITCH, required=False)
    rollout_percentage = Percentage(required=False)
    serve = Plain(shapes.SERVE, required=False)
    off_variant = Plain(shapes.TEXT, required=False, allow_null=True)
    prerequisites = Plain(shapes.PREREQUISITES, required=False)
    targets = Plain(shapes.TARGETS, required=False)
    rules = Plain(shapes.RULES, required=False)


class ConfigChange(ConfigInput):
    """A change of a config; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "environment_id", "environment_key", "updated_at")

    version = Plain(shapes.ECHO, required=False)
    environment_id = Plain(shapes.ECHO, required=False)
    environment_key = Plain(shapes.ECHO, required=False)
    updated_at = Plain(shapes.ECHO, required=False, allow_null=True)
    warnings = Plain(shapes.ECHO, required=False)


class FlagInput(ConfigInput):
    """A new flag, and what it does in the environment that is named."""

    key = Plain(shapes.TEXT)
    name = Plain(shapes.TEXT, required=False)
    description = Plain(shapes.TEXT, required=False)
    flag_type = Plain(shapes.TYPE, required=False)
    type = Plain(shapes.TYPE_TOO, required=False)
    variants = Plain(shapes.VARIANTS, required=False, allow_null=True)
    tags = Plain(shapes.TAGS, required=False)
    owner = Plain(shapes.OWNER, required=False, allow_null=True)
    purpose = Plain(shapes.PURPOSE, required=False)
    is_temporary = Plain(shapes.SWITCH, required=False)
    client_visible = TrueOrFalse(required=False, help_text="Whether client keys may ask for it.")
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")


class FlagChange(FlagInput):
    """A change of a flag; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = (
        *("version", "id", "is_archived", "archived_at", "created_at", "updated_at", "environments"),
    )

    key = Plain(shapes.TEXT, required=False, help_text="Stays as it is.")
    version = Plain(shapes.ECHO, required=False)
    id = Plain(shapes.ECHO, required=False)
    is_archived = Plain(shapes.ECHO, required=False)
    archived_at = Plain(shapes.ECHO, required=False, allow_null=True)
    created_at = Plain(shapes.ECHO, required=False)
    updated_at = Plain(shapes.ECHO, required=False)
    environments = Plain(shapes.ECHO, required=False)
    warnings = Plain(shapes.ECHO, required=False)


class PlaceQuery(serializers.Serializer[Any]):
    """Which project and environment a request is about."""

    project = serializers.CharField(required=False, help_text="Key or id; `default` where none is named.")
    environment_key = serializers.CharField(required=False, help_text="Key, id or name.")
    environment_id = serializers.CharField(required=False)


class ListQuery(PlaceQuery):
    """Which flags are listed, in which order."""

    search = serializers.CharField(required=False, max_length=200, help_text="In key, name or description.")
    flag_type = serializers.ChoiceField(required=False, choices=Flag.Type.choices)
    tag = serializers.CharField(required=False, max_length=50)
    archived = serializers.BooleanField(required=False, help_text="The archived flags instead of those in use.")
    is_enabled = serializers.BooleanField(required=False, help_text="On or off in the environment that is named.")
    sort = serializers.ChoiceField(required=False, choices=SORTS)
