"""How experiments look in JSON, and which fields a request about them may carry."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.json_values import same
from accounts.strict_input import StrictInput, Text
from experiments import json_shapes as shapes
from experiments.life_cycle import MOVES
from experiments.models import Allocation, Experiment, Variant
from experiments.queries import SORTS
from experiments.validation import InvalidExperiment
from flagkit.engine.experiments import size_of
from flags.json_shapes import AUDIENCE_RULES, ECHO, OWNER, TAGS, TEXT
from flags.serializers import PlaceQuery, Plain

_SET_AS_NAMED = (
    *("key", "name", "description", "hypothesis", "owner", "tags", "salt", "algorithm", "targeting_rules"),
    *("layer_share", "layer_ranges"),
)
_REFERENCES = {
    "audience": ("audience", "audience_id", "audience_key"),
    "flag": ("flag", "flag_id", "flag_key"),
    "layer": ("layer", "layer_id", "layer_key"),
}


class VariantSerializer(serializers.ModelSerializer[Variant]):
    """A variant with what its assignment carries. The first one is the control."""

    payload = Plain(shapes.PAYLOAD, read_only=True)

    class Meta:
        model = Variant
        fields: ClassVar[list[str]] = ["id", "key", "name", "payload", "version", "created_at", "updated_at"]
        read_only_fields = fields


class AllocationSerializer(serializers.ModelSerializer[Allocation]):
    """A range of buckets, both ends included, and the variant that they have."""

    variant_id = serializers.UUIDField(read_only=True)
    variant_key = serializers.CharField(source="variant.key", read_only=True)

    class Meta:
        model = Allocation
        fields: ClassVar[list[str]] = ["variant_id", "variant_key", "range_start", "range_end"]
        read_only_fields = fields


class ExperimentSerializer(serializers.ModelSerializer[Experiment]):
    """An experiment with its variants and allocations, and the statuses that it can get to from here."""

    project = serializers.CharField(source="environment.project.key", read_only=True)
    environment_id = serializers.UUIDField(read_only=True)
    environment_key = serializers.CharField(source="environment.key", read_only=True)
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    tags = Plain(TAGS, read_only=True)
    status = Plain(shapes.STATUS, read_only=True)
    possible_moves = serializers.SerializerMethodField()
    audience_id = serializers.UUIDField(read_only=True, allow_null=True)
    audience_key = serializers.CharField(source="audience.key", read_only=True, allow_null=True, default=None)
    targeting_rules = Plain(AUDIENCE_RULES, read_only=True)
    flag_key = serializers.CharField(source="flag.key", read_only=True, allow_null=True, default=None)
    layer_key = serializers.CharField(source="layer.key", read_only=True, allow_null=True, default=None)
    layer_share = serializers.SerializerMethodField()
    layer_ranges = Plain(shapes.RANGES, read_only=True)
    variants = VariantSerializer(many=True, read_only=True)
    allocations = serializers.SerializerMethodField()

    class Meta:
        model = Experiment
        fields: ClassVar[list[str]] = [
            *("id", "key", "name", "description", "hypothesis", "project", "environment_id", "environment_key"),
            *("owner", "tags", "status", "possible_moves", "salt", "algorithm", "audience_id", "audience_key"),
            *("targeting_rules", "flag_key", "layer_key", "layer_share", "layer_ranges", "variants", "allocations"),
            *("winner", "started_at", "archived_at", "version", "created_at", "updated_at"),
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": shapes.STATUS})
    def get_possible_moves(self, experiment: Experiment) -> list[str]:
        return [str(status) for status in MOVES[experiment.status]]

    @extend_schema_field(shapes.SHARE)
    def get_layer_share(self, experiment: Experiment) -> int | None:
        return size_of(experiment.layer_ranges) if experiment.layer_id else None

    @extend_schema_field(AllocationSerializer(many=True))
    def get_allocations(self, experiment: Experiment) -> list[dict[str, Any]]:
        return allocations_in_json(experiment)


class ExperimentInput(StrictInput):
    """A new draft in the environment that is named, with variants and allocations as wanted."""

    key = Plain(TEXT)
    name = Plain(TEXT, required=False)
    description = Plain(TEXT, required=False)
    hypothesis = Plain(TEXT, required=False)
    owner = Plain(OWNER, required=False, allow_null=True)
    tags = Plain(TAGS, required=False)
    salt = Plain(shapes.SALT, required=False)
    algorithm = Plain(shapes.ALGORITHM, required=False)
    targeting_rules = Plain(AUDIENCE_RULES, required=False)
    audience = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    audience_id = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    audience_key = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    flag = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    flag_id = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    flag_key = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    layer = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    layer_id = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    layer_key = Plain(shapes.NAME_OR_NOTHING, required=False, allow_null=True)
    layer_share = Plain(shapes.SHARE, required=False, allow_null=True)
    layer_ranges = Plain(shapes.RANGES, required=False)
    variants = Plain(shapes.NEW_VARIANTS, required=False)
    allocations = Plain(shapes.ALLOCATIONS, required=False)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")


class ExperimentChange(ExperimentInput):
    """A change of an experiment; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = (
        *("version", "id", "status", "possible_moves", "variants", "allocations", "winner"),
        *("started_at", "archived_at", "created_at", "updated_at"),
    )

    key = Plain(TEXT, required=False, help_text="Stays as it is.")
    variants = Plain(ECHO, required=False)
    allocations = Plain(ECHO, required=False)
    version = Plain(ECHO, required=False)
    id = Plain(ECHO, required=False)
    status = Plain(ECHO, required=False)
    possible_moves = Plain(ECHO, required=False)
    winner = Plain(ECHO, required=False)
    started_at = Plain(ECHO, required=False, allow_null=True)
    archived_at = Plain(ECHO, required=False, allow_null=True)
    created_at = Plain(ECHO, required=False)
    updated_at = Plain(ECHO, required=False)


class ExperimentQuery(PlaceQuery):
    """Which experiments are listed: those of one environment, or of all; everything given must match."""

    status = serializers.ChoiceField(required=False, choices=Experiment.Status.choices)
    search = serializers.CharField(required=False, max_length=200, help_text="In key, name, description, hypothesis.")
    flag = serializers.CharField(required=False, max_length=100, help_text="Key.")
    layer = serializers.CharField(required=False, max_length=100, help_text="Key.")
    sort = serializers.ChoiceField(required=False, choices=SORTS)


class StatusInput(StrictInput):
    """Where the experiment is to go."""

    status = Plain(shapes.STATUS)


class ConcludeInput(StrictInput):
    """The variant that won."""

    variant = Text(help_text="Key or id.")


class VariantInput(StrictInput):
    """A new variant."""

    key = Plain(TEXT)
    name = Plain(TEXT, required=False)
    payload = Plain(shapes.PAYLOAD, required=False, allow_null=True)


class VariantChange(VariantInput):
    """A change of a variant; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "id", "created_at", "updated_at")

    key = Plain(TEXT, required=False)
    version = Plain(ECHO, required=False)
    id = Plain(ECHO, required=False)
    created_at = Plain(ECHO, required=False)
    updated_at = Plain(ECHO, required=False)


class BulkInput(StrictInput):
    """What is to be done to the variants: all of it or nothing, in the order delete, update, create."""

    create = Plain(shapes.NEW_VARIANTS, required=False)  # type: ignore[assignment]  # a field's name
    update = Plain(shapes.CHANGED_VARIANTS, required=False)  # type: ignore[assignment]
    delete = Plain(shapes.NAMED_VARIANTS, required=False)


def fields_of(given: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is to be set; a reference by the one of its names that says something new. Raises InvalidExperiment."""
    found = {name: given[name] for name in _SET_AS_NAMED if name in given}
    for name, aliases in _REFERENCES.items():
        news = {alias: given[alias] or None for alias in aliases if alias in given and _is_news(alias, given, shown)}
        if news:
            found[name] = next(iter(news.values()))
        if any(not same(value, found[name]) for value in news.values()):
            raise InvalidExperiment({name: [f"Name it once: {' or '.join(aliases)}."]})
    return found


def allocations_in_json(experiment: Experiment) -> list[dict[str, Any]]:
    """In order of their buckets."""
    variants = {variant.pk: variant for variant in experiment.variants.all()}
    found = list(experiment.allocations.all())
    for allocation in found:
        allocation.variant = variants[allocation.variant_id]
    return list(AllocationSerializer(found, many=True).data)


def _is_news(name: str, given: Mapping[str, Any], shown: Mapping[str, Any] | None) -> bool:
    return shown is None or name not in shown or not same(given[name], shown[name])
