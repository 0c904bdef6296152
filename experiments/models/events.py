"""What happened, as it came in: durable and counted once, until it lies in the store that is analysed."""

import uuid

from django.db import models


class Event(models.Model):
    """An exposure or a metric event. The same id on the same day in one environment is the same event.

    Rows stay for some days after they were compacted, so that an event that is sent again is known again.
    """

    class Kind(models.TextChoices):
        EXPOSURE = "exposure", "Exposure to an experiment"
        FLAG_EXPOSURE = "flag", "Exposure to a flag"
        METRIC = "metric", "Metric event"

    environment_id = models.UUIDField()
    day = models.DateField(help_text="Of `at`, in UTC: part of what makes the event one.")
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=100, help_text="Key of the experiment or flag, or the metric event's name.")
    variant = models.CharField(max_length=100, blank=True)
    user_key = models.CharField(max_length=255)
    value = models.FloatField(null=True)
    at = models.DateTimeField(help_text="When it happened, as the sender says.")
    attributes = models.TextField(blank=True, help_text="A JSON object, or empty.")
    received_at = models.DateTimeField(help_text="When it was stored here.")
    part_id = models.UUIDField(null=True, help_text="The part that holds it; none while it is hot.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment_id", "day", "event_id"], name="event_once")]
        indexes = [
            models.Index(fields=["environment_id", "day"], name="hot_events", condition=models.Q(part_id__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.event_id}"


class EventPart(models.Model):
    """A bundle of events of one environment, kind and day in the store that is analysed. Never changed.

    What is read is what these rows name: a file without a row is left over from a process that was killed. A part whose
    events were merged into a larger one is retired first and deleted later, for those who still read it.
    """

    class Table(models.TextChoices):
        EXPOSURES = "exposures"
        METRICS = "metrics"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    environment_id = models.UUIDField()
    table = models.CharField(max_length=9, choices=Table.choices)
    day = models.DateField()
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=32, help_text="Of its rows in any order; digests of parts add up.")
    received_until = models.DateTimeField(help_text="`received_at` of its latest row.")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["environment_id", "table", "day"], name="parts_of_a_day")]

    def __str__(self) -> str:
        return f"{self.table} of {self.day}"
