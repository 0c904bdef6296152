"""What has been published, one immutable row per document and revision; and how often what was answered."""

from django.db import models


class Head(models.Model):
    """The newest revision of an environment. Its row lock numbers concurrent changes one after the other."""

    environment_id = models.UUIDField(primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)
    # Grows when the database was restored to an older state: which of two revisions with one number is the later one.
    epoch = models.PositiveBigIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.environment_id} at {self.revision}"


class Publication(models.Model):
    """A document as of one revision: JSON text exactly as it is served, or null where it was taken away.

    Not bound to the environment's row: what was served stays known after the environment is gone.
    """

    class Kind(models.TextChoices):
        FLAG = "flag"
        AUDIENCE = "audience"
        EXPERIMENT = "experiment"

    environment_id = models.UUIDField()
    revision = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=100)
    document = models.TextField(null=True)
    by = models.CharField(max_length=254)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["environment_id", "revision", "kind", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment_id", "revision", "kind", "key"], name="one_document_per_revision"
            )
        ]
        indexes = [models.Index(fields=["environment_id", "kind", "key", "-revision"], name="newest_document")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} at {self.revision}"


class Counted(models.Model):
    """How often something answered with one variant in a minute, or in an hour where the minutes were summed up."""

    class Span(models.IntegerChoices):
        MINUTE = 60
        HOUR = 3600

    environment_id = models.UUIDField()
    variant = models.CharField(max_length=100, blank=True, help_text="Empty: the caller's default applied.")
    at = models.DateTimeField(help_text="When the span begins.")
    span = models.PositiveSmallIntegerField(choices=Span.choices, help_text="In seconds.")
    count = models.BigIntegerField()

    class Meta:
        abstract = True


class Usage(Counted):
    """Evaluations of a flag."""

    flag = models.CharField(max_length=100)

    class Meta:
        ordering = ["environment_id", "flag", "at", "variant", "span"]
        constraints = [
            models.UniqueConstraint(fields=["environment_id", "flag", "at", "variant", "span"], name="usage_once")
        ]
        indexes = [models.Index(fields=["span", "at"], name="usage_by_age")]

    def __str__(self) -> str:
        return f"{self.flag} {self.variant} at {self.at:%Y-%m-%d %H:%M}"


class ExperimentUsage(Counted):
    """Decisions about an experiment that is on no flag; without a variant for users who are not in it."""

    experiment = models.CharField(max_length=100)

    class Meta:
        ordering = ["environment_id", "experiment", "at", "variant", "span"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment_id", "experiment", "at", "variant", "span"], name="experiment_usage_once"
            )
        ]
        indexes = [models.Index(fields=["span", "at"], name="experiment_usage_by_age")]

    def __str__(self) -> str:
        return f"{self.experiment} {self.variant} at {self.at:%Y-%m-%d %H:%M}"


class LastSeen(models.Model):
    """When a flag was last evaluated in an environment, to the flush; kept when its usage is forgotten."""

    environment_id = models.UUIDField()
    flag = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        ordering = ["environment_id", "flag"]
        constraints = [models.UniqueConstraint(fields=["environment_id", "flag"], name="last_seen_once")]

    def __str__(self) -> str:
        return f"{self.flag} at {self.at:%Y-%m-%d %H:%M}"


class UnknownFlag(models.Model):
    """A name that programs asked for in an environment that has no such flag."""

    environment_id = models.UUIDField()
    flag = models.CharField(max_length=100)
    count = models.BigIntegerField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_seen_at", "flag"]
        constraints = [models.UniqueConstraint(fields=["environment_id", "flag"], name="unknown_flag_once")]

    def __str__(self) -> str:
        return self.flag
