"""How questions about an experiment, and their answers, look in JSON."""

from typing import Any

from rest_framework import serializers

from accounts.strict_input import StrictInput, Text, TrueOrFalse
from experiments import json_shapes as shapes
from experiments.serializers import AllocationSerializer
from flags.question_serializers import TraceSerializer
from flags.serializers import PlaceQuery, Plain


class AllocationsInput(StrictInput):
    """All allocations of an experiment."""

    allocations = Plain(shapes.ALLOCATIONS)
    preview = TrueOrFalse(required=False, help_text="Only say what it would change.")


class PreviewQuery(PlaceQuery):
    """Whether something is only to be tried."""

    preview = serializers.BooleanField(required=False, help_text="Only say what it would change.")


class AllocationsSerializer(serializers.Serializer[Any]):
    """All allocations of an experiment."""

    allocations = AllocationSerializer(many=True)


class BucketMoveSerializer(serializers.Serializer[Any]):
    """Buckets whose users change from one variant to another; null where they have none."""

    to = serializers.CharField(allow_null=True)
    buckets = serializers.IntegerField(help_text="Of 10,000.")
    percent = serializers.FloatField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.CharField(allow_null=True), **super().get_fields()}


class AllocationEffectSerializer(AllocationsSerializer):
    """Allocations as they are now, or would be, and how many of the 10,000 buckets change variant by that."""

    buckets_changed = serializers.IntegerField()
    moves = BucketMoveSerializer(many=True)
    preview = serializers.BooleanField(help_text="Nothing was saved.")


class ExperimentExplainInput(StrictInput):
    """Somebody, and where the experiment is."""

    user_key = Plain({"type": "string", "nullable": True}, required=False, allow_null=True)
    context = Plain({"type": "object"}, required=False, allow_null=True)  # type: ignore[assignment]  # a field's name
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why somebody is in a variant, or in none; null for what was not asked."""

    experiment = serializers.CharField()
    status = Plain(shapes.STATUS)
    variant = Plain({"type": "object", "nullable": True})
    sentence = serializers.CharField()
    bucket = serializers.FloatField(allow_null=True)
    audience = Plain({**shapes.PASSAGE, "properties": {k: shapes.PASSAGE["properties"][k] for k in ("key", "passed")}})
    layer = Plain(shapes.PASSAGE)
    holdouts = Plain({"type": "array", "items": shapes.PASSAGE})
    flag = serializers.CharField(allow_null=True)
    trace = TraceSerializer()
