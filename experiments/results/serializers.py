"""How reports and the jobs that make them look in JSON, and which of them a request may ask for."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from experiments.models import AnalysisJob, Report
from flags.serializers import PlaceQuery, Plain

LONGEST_WAIT = 30  # seconds


class ResultsQuery(PlaceQuery):
    """Which results are wanted, how new, and in which form."""

    refresh = serializers.BooleanField(required=False, default=False, help_text="Compute them anew.")
    wait = serializers.FloatField(
        required=False,
        default=10,
        min_value=0,
        max_value=LONGEST_WAIT,
        help_text="Seconds to wait for results that have to be computed.",
    )
    report = serializers.IntegerField(required=False, min_value=1, help_text="Id of an older report.")
    format = serializers.ChoiceField(required=False, choices=("csv", "json"), help_text="A file to keep.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["refresh"] and "report" in attrs:
            raise serializers.ValidationError({"refresh": ["An older report stays as it is. Leave one of them out."]})
        return attrs


class JobSerializer(serializers.ModelSerializer[AnalysisJob]):
    """A report that was asked for: `waiting`, `running`, `done` or `failed`."""

    report_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = AnalysisJob
        fields: ClassVar[list[str]] = [
            *("id", "status", "step", "progress", "asked_by", "asked_at", "begun_at", "ended_at", "attempts"),
            *("error", "report_id"),
        ]
        read_only_fields = fields


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A report in the list of them."""

    verdict = Plain({"type": "object", "nullable": True}, read_only=True)

    class Meta:
        model = Report
        fields: ClassVar[list[str]] = [
            *("id", "made_at", "received_until", "revision_from", "revision_to", "data_digest", "verdict"),
        ]
        read_only_fields = fields


class ResultsSerializer(serializers.Serializer[Any]):
    """A report's document, and how it stands to the present. docs/results.md describes all of it."""

    report_id = serializers.IntegerField()
    is_current = serializers.BooleanField(help_text="Nothing was stored since, and nothing else is asked.")
    job = JobSerializer(allow_null=True, help_text="One that is not over, or failed after this report.")
    experiment = Plain({"type": "object"})
    made_at = serializers.DateTimeField()
    verdict = Plain({"type": "object"})
    metrics = Plain({"type": "array", "items": {"type": "object"}})


class WaitingSerializer(serializers.Serializer[Any]):
    """There is no report yet."""

    job = JobSerializer()


def results_in_json(report: Report, *, is_current: bool, job: AnalysisJob | None) -> Mapping[str, Any]:
    about = {"report_id": report.pk, "is_current": is_current, "job": JobSerializer(job).data if job else None}
    return {**about, **report.document}
