"""How layers and holdouts look in JSON, and which fields a request about them may carry."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from accounts.strict_input import StrictInput, Text
from experiments import json_shapes as shapes
from experiments.models import Experiment, Holdout, Layer
from flagkit.engine.experiments import BUCKETS, size_of
from flags.json_shapes import ECHO, TEXT
from flags.serializers import Plain
from flags.serves import number_of

FIELDS = ("key", "name", "description", "percentage")
_HOLDER = inline_serializer(
    "LayerHolder",
    {
        "id": serializers.UUIDField(),
        "key": serializers.CharField(),
        "status": Plain(shapes.STATUS),
        "share": serializers.IntegerField(help_text="In buckets."),
        "ranges": Plain(shapes.RANGES),
    },
    many=True,
)


class LayerSerializer(serializers.ModelSerializer[Layer]):
    """A layer, how many of its buckets are free, and which experiments hold the others.

    Context: `holders` as `experiments.queries.holders_in` gives them.
    """

    project = serializers.CharField(source="environment.project.key", read_only=True)
    environment_id = serializers.UUIDField(read_only=True)
    environment_key = serializers.CharField(source="environment.key", read_only=True)
    free = serializers.SerializerMethodField()
    experiments = serializers.SerializerMethodField()

    class Meta:
        model = Layer
        fields: ClassVar[list[str]] = [
            *("id", "project", "environment_id", "environment_key", "key", "name", "description"),
            *("free", "experiments", "version", "created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_free(self, layer: Layer) -> int:
        return BUCKETS - sum(size_of(experiment.layer_ranges) for experiment in self.context["holders"][layer.pk])

    @extend_schema_field(_HOLDER)
    def get_experiments(self, layer: Layer) -> list[dict[str, Any]]:
        return [_holder(experiment) for experiment in self.context["holders"][layer.pk]]


class HoldoutSerializer(serializers.ModelSerializer[Holdout]):
    """A share of users that is kept out of all experiments of the project."""

    project = serializers.CharField(source="project.key", read_only=True)
    percentage = serializers.SerializerMethodField()

    class Meta:
        model = Holdout
        fields: ClassVar[list[str]] = ["id", "project", *FIELDS, "version", "created_at", "updated_at"]
        read_only_fields = fields

    @extend_schema_field(shapes.PERCENT)
    def get_percentage(self, holdout: Holdout) -> int | float:
        return number_of(holdout.percentage)


class HoldoutInput(StrictInput):
    """A new holdout."""

    key = Plain(TEXT)
    name = Plain(TEXT, required=False)
    description = Plain(TEXT, required=False)
    percentage = Plain(shapes.PERCENT)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")


class HoldoutChange(HoldoutInput):
    """A change of a holdout; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "id", "created_at", "updated_at")

    key = Plain(TEXT, required=False, help_text="Stays as it is.")
    percentage = Plain(shapes.PERCENT, required=False)
    version = Plain(ECHO, required=False)
    id = Plain(ECHO, required=False)
    created_at = Plain(ECHO, required=False)
    updated_at = Plain(ECHO, required=False)


class LayerInput(StrictInput):
    """A new layer in the environment that is named."""

    key = Plain(TEXT)
    name = Plain(TEXT, required=False)
    description = Plain(TEXT, required=False)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")


class LayerChange(LayerInput):
    """A change of a layer; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "id", "free", "experiments", "created_at", "updated_at")

    key = Plain(TEXT, required=False, help_text="Stays as it is.")
    version = Plain(ECHO, required=False)
    id = Plain(ECHO, required=False)
    free = Plain(ECHO, required=False)
    experiments = Plain(ECHO, required=False)
    created_at = Plain(ECHO, required=False)
    updated_at = Plain(ECHO, required=False)


def group_fields_of(given: Any) -> dict[str, Any]:
    """What is to be set."""
    return {name: given[name] for name in FIELDS if name in given}


def _holder(experiment: Experiment) -> dict[str, Any]:
    return {
        "id": str(experiment.pk),
        "key": experiment.key,
        "status": experiment.status,
        "share": size_of(experiment.layer_ranges),
        "ranges": experiment.layer_ranges,
    }
