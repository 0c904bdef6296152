"""How revisions, snapshots and differences look in JSON."""

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from accounts.strict_input import StrictInput, Text
from evaluation.history import Deed
from evaluation.models import Publication
from experiments.json_shapes import BUCKET, PAYLOAD, RANGES
from flags import json_shapes as shapes
from flags.serializers import Plain

_OBJECT: shapes.Shape = {"type": "object"}
_ANYTHING: shapes.Shape = {"nullable": True}


def _object(**properties: shapes.Shape) -> shapes.Shape:
    return {"type": "object", "properties": properties}


def _list_of(shape: shapes.Shape) -> shapes.Shape:
    return {"type": "array", "items": shape}


def _documents(what: str) -> shapes.Shape:
    return {"type": "object", "description": f"{what} by key.", "additionalProperties": _OBJECT}


_KEY_OR_NOTHING: shapes.Shape = {"type": "string", "nullable": True}
_EXPERIMENT = _object(
    **dict.fromkeys(("id", "key", "name", "salt", "algorithm"), shapes.TEXT),
    flag=_KEY_OR_NOTHING,
    layer=_object(key=shapes.TEXT, salt=shapes.TEXT, ranges=RANGES),
    holdouts=_list_of(_object(key=shapes.TEXT, salt=shapes.TEXT, ranges=RANGES)),
    audience=_KEY_OR_NOTHING,
    audience_rules=shapes.AUDIENCE_RULES,
    targeting_rules=shapes.AUDIENCE_RULES,
    variants=_list_of(_object(id=shapes.TEXT, key=shapes.TEXT, payload=PAYLOAD)),
    allocations=_list_of(
        _object(variant_id=shapes.TEXT, variant_key=shapes.TEXT, range_start=BUCKET, range_end=BUCKET)
    ),
)


class RevisionHeadSerializer(serializers.Serializer[Any]):
    """A revision, when it was published and by whom; revision 0 was published by nobody."""

    version = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)
    published_by = serializers.CharField(allow_null=True)


class RevisionSerializer(RevisionHeadSerializer):
    """What a revision changed: the first of its documents by kind and key. The diff has all of them."""

    documents = serializers.IntegerField(help_text="How many documents were published with it.")
    changes = inline_serializer(
        "RevisionChange",
        {
            "kind": serializers.ChoiceField(choices=Publication.Kind.choices),
            "key": serializers.CharField(),
            "change": serializers.ChoiceField(choices=list(Deed)),
        },
        many=True,
    )


class SnapshotSerializer(RevisionHeadSerializer):
    """Everything that the environment served at this revision."""

    environment = Plain(_object(id=shapes.TEXT, key=shapes.TEXT, name=shapes.TEXT, project=shapes.TEXT))
    flags = Plain(_documents("Flags"))
    audiences = Plain(_documents("Audiences"))
    experiments = Plain(_list_of(_EXPERIMENT), help_text="Those that were running.")


class ComparisonSerializer(serializers.Serializer[Any]):
    """One document that differs; null where there was, or is, none."""

    kind = serializers.ChoiceField(choices=Publication.Kind.choices)
    key = serializers.CharField()
    change = serializers.ChoiceField(choices=list(Deed))
    differences = inline_serializer(
        "Difference",
        {
            "path": serializers.CharField(help_text="As in rules[eu].serve.variant."),
            "before": Plain(_ANYTHING, help_text="Of a list of texts: those that were taken out."),
            "after": Plain(_ANYTHING, help_text="Of a list of texts: those that were put in."),
        },
        many=True,
    )
    before = Plain({"type": "object", "nullable": True})
    after = Plain({"type": "object", "nullable": True})


class DiffSerializer(serializers.Serializer[Any]):
    """What changed from the older of two revisions to the newer."""

    older = RevisionHeadSerializer()
    newer = RevisionHeadSerializer()
    changes = ComparisonSerializer(many=True)


class PublishInput(StrictInput):
    """Where the experiment is; nothing else can be given."""

    project = Text(required=False, help_text="Key or id; `default` where none is named.")
    environment_id = Text(required=False)
    environment_key = Text(required=False, help_text="Key, id or name.")
