"""What came out, as it was said at the time, and the jobs that find it out."""

from django.db import models

from experiments.models.experiments import Experiment


class Report(models.Model):
    """The results of an experiment at one time: the document as it is told, and what it takes to compute it again."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="reports")
    made_at = models.DateTimeField()
    received_until = models.DateTimeField(help_text="Events that were stored up to then are in it.")
    revision_from = models.PositiveBigIntegerField(help_text="The environment's revision when the experiment began.")
    revision_to = models.PositiveBigIntegerField()
    data_digest = models.CharField(max_length=64)
    question = models.JSONField(help_text="What was asked: experiment, variants, metrics, plan, as they stood then.")
    document = models.JSONField()

    class Meta:
        ordering = ["experiment", "-made_at"]
        indexes = [models.Index(fields=["experiment", "-made_at"], name="newest_report")]

    def __str__(self) -> str:
        return f"{self.experiment} at {self.made_at:%Y-%m-%d %H:%M}"


class AnalysisJob(models.Model):
    """A report that was asked for; whoever takes it holds it by its lease."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="analysis_jobs")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    asked_by = models.CharField(max_length=254, help_text="E-mail of a person, or `schedule`.")
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=100, blank=True, help_text="What is being done, in words.")
    progress = models.PositiveSmallIntegerField(default=0, help_text="In per cent.")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    report = models.ForeignKey(Report, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["status", "asked_at"], name="jobs_in_order")]

    def __str__(self) -> str:
        return f"{self.experiment}: {self.status}"
