"""The history of every change: written once, never changed, independent of whether its subject still exists."""

from django.db import models


class Entry(models.Model):
    """Who did what to which row. `changes` maps a field to [old, new]; `subject` to `environment` say where."""

    class Action(models.TextChoices):
        CREATE = "create"
        UPDATE = "update"
        DELETE = "delete"

    at = models.DateTimeField(auto_now_add=True)
    actor_id = models.UUIDField(null=True, db_index=True)
    actor = models.CharField(max_length=254, help_text="E-mail at the time, or 'system'.")
    action = models.CharField(max_length=6, choices=Action.choices)
    subject = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    key = models.CharField(max_length=254)
    project = models.CharField(max_length=100, blank=True)
    environment = models.CharField(max_length=100, blank=True)
    changes = models.JSONField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["project", "key", "-id"], name="audit_by_key"),
            models.Index(fields=["subject_id"], name="audit_by_row"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject} {self.key}"
