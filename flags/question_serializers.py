"""How questions about a flag, and their answers, look in JSON."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.strict_input import StrictInput, Text, TrueOrFalse
from flags import json_shapes as shapes
from flags.serializers import Plain

_MOVE: dict[str, Any] = {
    "from": serializers.CharField(allow_null=True),
    "to": serializers.CharField(allow_null=True),
    "buckets": serializers.IntegerField(help_text="Of 100,000."),
    "percent": serializers.FloatField(),
}


class PreviewSerializer(serializers.Serializer[Any]):
    """How many users would move from which variant to which; null where callers use their own default."""

    moves = inline_serializer("Move", _MOVE, many=True)
    warnings = Plain(shapes.WARNINGS)


class ExplainInput(StrictInput):
    """Somebody, and the environment in which they are answered."""

    environment_key = Text(required=False, help_text="Key, id or name.")
    environment_id = Text(required=False)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    user_id = Plain({"type": "string", "nullable": True}, required=False, allow_null=True)
    context = Plain({"type": "object"}, required=False, allow_null=True)  # type: ignore[assignment]  # a field's name
    why_not = TrueOrFalse(required=False, help_text="Look for the smallest change that would turn the answer.")
    variant = Text(required=False, help_text="With why_not: the answer that is wanted.")


class TraceSerializer(serializers.Serializer[Any]):
    """Each step of the decision, in the engine's words."""

    flag = serializers.CharField()
    answer = Plain({"type": "object"})
    bucket = serializers.FloatField(allow_null=True)
    steps = Plain({"type": "array", "items": {"type": "object"}})
    flip = Plain({"type": "object", "nullable": True}, required=False)
