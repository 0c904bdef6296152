"""How metrics, their uses and analysis plans look in JSON, and which fields a request about them may carry."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.strict_input import StrictInput, Text
from experiments.metrics import json_shapes as shapes
from experiments.metrics.queries import PLAN_FIELDS, SORTS
from experiments.metrics.wording import definition_words
from experiments.models import ExperimentMetric, Metric
from flags.json_shapes import ECHO, OWNER, TAGS, TEXT
from flags.serializers import PlaceQuery, Plain

FIELDS = (
    *("key", "name", "description", "owner", "tags", "kind", "event", "filter", "aggregation", "denominator_event"),
    *("denominator_filter", "denominator_aggregation", "quantile", "window_hours", "delay_hours", "lookback_hours"),
    *("cap", "direction", "minimum_effect", "margin"),
)


class MetricSerializer(serializers.ModelSerializer[Metric]):
    """A metric, and what it is in words."""

    project = serializers.CharField(source="project.key", read_only=True)
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    tags = Plain(TAGS, read_only=True)
    kind = Plain(shapes.KIND, read_only=True)
    filter = Plain(shapes.FILTER, read_only=True)
    aggregation = Plain(shapes.AGGREGATION, read_only=True)
    denominator_filter = Plain(shapes.FILTER, read_only=True)
    denominator_aggregation = Plain(shapes.AGGREGATION, read_only=True)
    direction = Plain(shapes.DIRECTION, read_only=True)
    definition = serializers.SerializerMethodField(help_text="In words.")
    is_archived = serializers.SerializerMethodField()

    class Meta:
        model = Metric
        fields: ClassVar[list[str]] = [
            *("id", "project", *FIELDS, "definition", "is_archived", "archived_at"),
            *("version", "created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_definition(self, metric: Metric) -> str:
        return definition_words(metric)

    def get_is_archived(self, metric: Metric) -> bool:
        return metric.archived_at is not None


class MetricInput(StrictInput):
    """A new metric of the project that is named."""

    key = Plain(TEXT)
    name = Plain(TEXT, required=False)
    description = Plain(TEXT, required=False)
    owner = Plain(OWNER, required=False, allow_null=True)
    tags = Plain(TAGS, required=False)
    kind = Plain(shapes.KIND)
    event = Plain(TEXT)
    filter = Plain(shapes.FILTER, required=False)
    aggregation = Plain(shapes.AGGREGATION, required=False)
    denominator_event = Plain(TEXT, required=False)
    denominator_filter = Plain(shapes.FILTER, required=False)
    denominator_aggregation = Plain(shapes.AGGREGATION, required=False)
    quantile = Plain(shapes.QUANTILE, required=False, allow_null=True)
    window_hours = Plain(shapes.WINDOW, required=False)
    delay_hours = Plain(shapes.DELAY, required=False)
    lookback_hours = Plain(shapes.LOOKBACK, required=False)
    cap = Plain(shapes.CAP, required=False, allow_null=True)
    direction = Plain(shapes.DIRECTION, required=False)
    minimum_effect = Plain(shapes.MINIMUM_EFFECT, required=False, allow_null=True)
    margin = Plain(shapes.MARGIN, required=False, allow_null=True)
    project = Text(required=False, help_text="Key or id; `default` where none is named.")


class MetricChange(MetricInput):
    """A change of a metric; the fields that it was read with may come back as they were."""

    echoes: ClassVar[tuple[str, ...]] = (
        *("version", "id", "definition", "is_archived", "archived_at", "created_at", "updated_at"),
    )

    key = Plain(TEXT, required=False, help_text="Stays as it is.")
    kind = Plain(shapes.KIND, required=False)
    event = Plain(TEXT, required=False)
    version = Plain(ECHO, required=False)
    id = Plain(ECHO, required=False)
    definition = Plain(ECHO, required=False)
    is_archived = Plain(ECHO, required=False)
    archived_at = Plain(ECHO, required=False, allow_null=True)
    created_at = Plain(ECHO, required=False)
    updated_at = Plain(ECHO, required=False)


class MetricQuery(PlaceQuery):
    """Which metrics are listed; everything given must match."""

    search = serializers.CharField(required=False, max_length=200, help_text="In key, name, description and events.")
    kind = serializers.ChoiceField(required=False, choices=Metric.Kind.choices)
    archived = serializers.BooleanField(required=False, help_text="The archived metrics instead of those in use.")
    sort = serializers.ChoiceField(required=False, choices=SORTS)


class UseSerializer(serializers.ModelSerializer[ExperimentMetric]):
    """A metric in an experiment, and what it is there for."""

    metric_id = serializers.UUIDField(read_only=True)
    metric_key = serializers.CharField(source="metric.key", read_only=True)
    name = serializers.CharField(source="metric.name", read_only=True)
    kind = Plain(shapes.KIND, source="metric.kind", read_only=True)
    role = Plain(shapes.ROLE, read_only=True)
    definition = serializers.SerializerMethodField(help_text="In words.")
    is_archived = serializers.SerializerMethodField()

    class Meta:
        model = ExperimentMetric
        fields: ClassVar[list[str]] = [
            *("id", "metric_id", "metric_key", "role", "name", "kind", "definition", "is_archived")
        ]
        read_only_fields = fields

    def get_definition(self, use: ExperimentMetric) -> str:
        return definition_words(use.metric)

    def get_is_archived(self, use: ExperimentMetric) -> bool:
        return use.metric.archived_at is not None


class UsesSerializer(serializers.Serializer[Any]):
    """What an experiment is measured by, in order: the first goal decides."""

    metrics = UseSerializer(many=True)


class UsesInput(StrictInput):
    """What an experiment is to be measured by, as a whole."""

    metrics = Plain(shapes.USES)


class UseInput(StrictInput):
    """One more metric for an experiment."""

    metric = Text(help_text="Key or id.")
    role = Plain(shapes.ROLE, required=False)


class PlanSerializer(serializers.Serializer[Any]):
    """How an experiment is judged; version 0 where nobody wrote it down and the defaults hold."""

    method = Plain(shapes.METHOD)
    confidence = serializers.FloatField()
    correction = Plain(shapes.CORRECTION)
    uses_past = serializers.BooleanField(help_text="CUPED: what units did before is taken out.")
    planned_units = serializers.IntegerField(allow_null=True, help_text="In all variants together.")
    planned_days = serializers.IntegerField(allow_null=True)
    looks = serializers.IntegerField(help_text="Group sequential: how many, evenly spaced.")
    spending = Plain(shapes.SPENDING)
    prior_deviation = serializers.FloatField(help_text="Bayesian: of the relative effect that is believed beforehand.")
    dimensions = Plain(shapes.NAMES)
    changed_after_start = serializers.BooleanField(help_text="Whoever changed it may have seen data before.")
    version = serializers.IntegerField()


class PlanInput(StrictInput):
    """A change of an analysis plan; what is left out stays. What it was read with may come back as it was."""

    echoes: ClassVar[tuple[str, ...]] = ("version", "changed_after_start")

    method = Plain(shapes.METHOD, required=False)
    confidence = Plain(shapes.CONFIDENCE, required=False)
    correction = Plain(shapes.CORRECTION, required=False)
    uses_past = Plain(shapes.SWITCH, required=False)
    planned_units = Plain(shapes.WHOLE_OR_NOTHING, required=False, allow_null=True)
    planned_days = Plain(shapes.WHOLE_OR_NOTHING, required=False, allow_null=True)
    looks = Plain(shapes.WHOLE, required=False)
    spending = Plain(shapes.SPENDING, required=False)
    prior_deviation = Plain(shapes.NUMBER, required=False)
    dimensions = Plain(shapes.NAMES, required=False)
    version = Plain(ECHO, required=False)
    changed_after_start = Plain(ECHO, required=False)


class SampleSizeInput(StrictInput):
    """What to plan for: a `rate`, or a `mean` with its `deviation`, and the relative effect to find."""

    rate = Plain({**shapes.NUMBER, "nullable": True}, required=False, allow_null=True)
    mean = Plain({**shapes.NUMBER, "nullable": True}, required=False, allow_null=True)
    deviation = Plain({**shapes.NUMBER, "nullable": True}, required=False, allow_null=True)
    minimum_effect = Plain(shapes.NUMBER, required=False)
    power = Plain(shapes.NUMBER, required=False, help_text="0.8 where none is given.")
    confidence = Plain(shapes.NUMBER, required=False, help_text="0.95 where none is given.")
    variants = Plain(shapes.WHOLE, required=False, help_text="2 where none is given.")
    correlation = Plain(shapes.NUMBER, required=False, help_text="Of the metric with its past, for CUPED.")
    always_valid = Plain(shapes.SWITCH, required=False, help_text="Whether results are looked at at any time.")
    units_per_day = Plain({**shapes.NUMBER, "nullable": True}, required=False, allow_null=True)


class SampleSizeSerializer(serializers.Serializer[Any]):
    """How many units it takes, and how many days where it was said how many come in one."""

    units_per_variant = serializers.IntegerField()
    units = serializers.IntegerField(help_text="In all variants together.")
    days = serializers.IntegerField(allow_null=True)
    effect = serializers.FloatField(help_text="In the metric's unit.")


def named_in(given: dict[str, Any], names: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """What is to be set."""
    return {name: given[name] for name in names if name in given}


def plan_fields_of(given: dict[str, Any]) -> dict[str, Any]:
    return named_in(given, PLAN_FIELDS)
