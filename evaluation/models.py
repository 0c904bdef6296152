"""What has been published: one counter per environment, one immutable row per document and revision."""

from django.db import models


class Head(models.Model):
    """The newest revision of an environment. Its row lock numbers concurrent changes one after the other."""

    environment_id = models.UUIDField(primary_key=True)
    revision = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.environment_id} at {self.revision}"


class Publication(models.Model):
    """A document as of one revision: JSON text exactly as it is served, or null where it was taken away.

    Not bound to the environment's row: what was served stays known after the environment is gone.
    """

    class Kind(models.TextChoices):
        FLAG = "flag"
        AUDIENCE = "audience"

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
