"""How an import is asked for, and what is told of it, in JSON."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.strict_input import StrictInput, Text, TrueOrFalse
from flags import json_shapes as shapes
from flags.serializers import Plain

_NAMES: shapes.Shape = {"type": "array", "items": shapes.TEXT}
_ONE_OR_MORE: shapes.Shape = {"oneOf": [shapes.TEXT, _NAMES], "description": "Key, id or name; or a list of them."}


class UnleashInput(StrictInput):
    """A client features document, delta events or an export, and where it goes."""

    environment_key = Plain(_ONE_OR_MORE)
    document = Plain({"type": "object", "description": "As Unleash gives it."})
    dry_run = TrueOrFalse(required=False, help_text="Only report; write nothing.")
    project = Text(required=False, help_text="Key or id; `default` where none is named.")


class ImportSerializer(serializers.Serializer[Any]):
    """What an import did: flags by key, audiences as `audience segment-1`."""

    created = Plain(_NAMES)
    changed = Plain(_NAMES)
    unchanged = Plain(_NAMES)
    not_representable = inline_serializer(
        "NotRepresentable", {"feature": serializers.CharField(), "why": serializers.CharField()}, many=True
    )
    notes = inline_serializer(
        "ImportNote", {"feature": serializers.CharField(), "note": serializers.CharField()}, many=True
    )
    agreement = inline_serializer(
        "Agreement",
        {
            "sampled": serializers.IntegerField(help_text="Answers of Unleash's own rules that were compared."),
            "equal": serializers.IntegerField(),
            "different": serializers.ListField(child=serializers.CharField(), help_text="Flags that differ."),
        },
    )
