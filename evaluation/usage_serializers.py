"""How usage looks in JSON, and which part of it a request may ask for."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from flags.serializers import PlaceQuery

LONGEST = {"minute": timedelta(days=1), "hour": timedelta(days=31), "day": timedelta(days=366)}
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@extend_schema_field({"type": "string", "example": "30d"})
class Duration(serializers.Field):  # type: ignore[type-arg]
    """Hours, days or weeks: 12h, 30d, 4w; a number alone counts days."""

    def to_internal_value(self, data: Any) -> timedelta:
        found = re.fullmatch(r"([0-9]{1,4})([hdw]?)", str(data))
        if found is None or not int(found[1]):
            raise serializers.ValidationError("Give hours, days or weeks, as 12h, 30d or 4w.")
        return int(found[1]) * _UNITS[found[2] or "d"]

    def to_representation(self, value: timedelta) -> str:
        return f"{value.total_seconds() / 3600:g}h"


class UsageQuery(PlaceQuery):
    """Which usage of a flag is asked for; the last 24 hours where nothing is said."""

    since = serializers.DateTimeField(required=False, help_text="ISO 8601, included; UTC where it names no zone.")
    until = serializers.DateTimeField(required=False, help_text="ISO 8601, not included; now where it is missing.")
    granularity = serializers.ChoiceField(required=False, choices=list(LONGEST), default="hour")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("since", "until"):
            if name in attrs and attrs[name] < _EARLIEST:
                raise serializers.ValidationError({name: ["Give an instant after the year 2000."]})
        until = attrs.setdefault("until", self.context["now"])
        since = attrs.setdefault("since", until - timedelta(days=1))
        longest = LONGEST[attrs["granularity"]]
        if since >= until:
            raise serializers.ValidationError({"since": ["Give an instant before until."]})
        if until - since > longest:
            said = f"By the {attrs['granularity']}, ask for {longest.days} days at most, or take a coarser granularity."
            raise serializers.ValidationError({"since": [said]})
        return attrs


class UsedQuery(PlaceQuery):
    """Which flags are asked for."""

    unused_for = Duration(required=False, help_text="Flags that are older and were not evaluated since: 12h, 30d, 4w.")
    search = serializers.CharField(required=False)


class CountSerializer(serializers.Serializer[Any]):
    """Evaluations that gave one variant."""

    variant = serializers.CharField(allow_null=True, help_text="Null: the caller's default applied.")
    count = serializers.IntegerField()


class SlotSerializer(CountSerializer):
    """Evaluations that gave one variant in one minute, hour or day."""

    at = serializers.DateTimeField(help_text="When it begins.")
    environment_key = serializers.CharField()


class ExperimentUsageSerializer(serializers.Serializer[Any]):
    """How often users were assigned, over the time that was asked for and in each part of it."""

    experiment_key = serializers.CharField()
    granularity = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = serializers.IntegerField()
    variants = CountSerializer(many=True, help_text="Without a variant: users who are not in it.")
    data = SlotSerializer(many=True)  # type: ignore[assignment]  # the answer's field, not the serializer's property


class FlagUsageSerializer(serializers.Serializer[Any]):
    """How often a flag was evaluated, over the time that was asked for and in each part of it."""

    flag_key = serializers.CharField()
    granularity = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = serializers.IntegerField()
    variants = CountSerializer(many=True)
    environments = serializers.DictField(
        child=serializers.DateTimeField(allow_null=True), help_text="When it was last evaluated in each."
    )
    data = SlotSerializer(many=True)  # type: ignore[assignment]  # the answer's field, not the serializer's property


class UsedFlagSerializer(serializers.Serializer[Any]):
    """A flag, and when it was last evaluated."""

    flag_key = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    evaluations_24h = serializers.IntegerField()
    environments = serializers.DictField(child=serializers.DateTimeField(allow_null=True))


class UnknownFlagSerializer(serializers.Serializer[Any]):
    """A name that programs ask for and that no flag has."""

    flag_key = serializers.CharField()
    environment_key = serializers.CharField()
    count = serializers.IntegerField()
    first_seen_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
