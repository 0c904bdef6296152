"""What is measured, in which experiments, and how it is judged there."""

from dataclasses import replace

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.changes import Place
from accounts.models import Project, User, valid_key
from accounts.rows import Row
from experiments.models.experiments import Experiment

DAY = 24  # hours


class Metric(Row):
    """One number per unit, made of the events that the unit sent after it was first exposed. Reusable."""

    class Kind(models.TextChoices):
        BINOMIAL = "binomial", "Conversion: did it happen at all"
        COUNT = "count", "Count: how often it happened"
        MEAN = "mean", "Value: revenue, time, anything with a number"
        RATIO = "ratio", "Ratio of two sums"
        QUANTILE = "quantile", "Quantile of the events' values"
        RETENTION = "retention", "Retention: did it happen between two days after the exposure"

    class Aggregation(models.TextChoices):
        SUM = "sum", "Sum of values"
        COUNT = "count", "Number of events"
        MAX = "max", "Largest value"
        MIN = "min", "Smallest value"
        MEAN = "mean", "Mean of values"

    class Direction(models.TextChoices):
        UP = "up", "Up is good"
        DOWN = "down", "Down is good"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="metrics")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_metrics")
    tags = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    event = models.CharField(max_length=100, help_text="Name of the metric events that are counted.")
    filter = models.JSONField(
        default=list, blank=True, help_text='[{"attribute": "country", "operator": "eq", "value": "DE"}, …]'
    )
    aggregation = models.CharField(max_length=5, choices=Aggregation.choices, default=Aggregation.SUM)
    denominator_event = models.CharField(max_length=100, blank=True, help_text="Ratios: what is divided by.")
    denominator_filter = models.JSONField(default=list, blank=True)
    denominator_aggregation = models.CharField(max_length=5, choices=Aggregation.choices, default=Aggregation.COUNT)
    quantile = models.FloatField(null=True, blank=True, help_text="Quantiles: above 0 and below 1.")
    window_hours = models.PositiveIntegerField(
        default=7 * DAY, help_text="Events count from the first exposure on for so long."
    )
    delay_hours = models.PositiveIntegerField(
        default=0, help_text="Retention: how long after the first exposure the window begins."
    )
    lookback_hours = models.PositiveIntegerField(
        default=7 * DAY, help_text="How long before the exposure behaviour is taken for CUPED; 0 for none."
    )
    cap = models.FloatField(
        null=True, blank=True, help_text="Winsorisation: share of units whose totals stay as they are, as in 0.999."
    )
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.UP)
    minimum_effect = models.FloatField(
        null=True, blank=True, help_text="Smallest relative effect worth finding, as in 0.02 for 2 %."
    )
    margin = models.FloatField(
        null=True, blank=True, help_text="Guardrails: the relative harm that is still taken, as in 0.01 for 1 %."
    )
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["project", "key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="metric_key_in_project")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return Place("metric", self.key, project=self.project.key)


class ExperimentMetric(Row):
    """A metric in one experiment, and what it is there for. The first goal is the one that decides."""

    class Role(models.TextChoices):
        GOAL = "goal", "Goal: should become better"
        GUARDRAIL = "guardrail", "Guardrail: must not become worse"

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="metrics")
    metric = models.ForeignKey(Metric, on_delete=models.RESTRICT, related_name="uses")
    role = models.CharField(max_length=9, choices=Role.choices, default=Role.GOAL)
    position = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "metric__key"]
        constraints = [models.UniqueConstraint(fields=["experiment", "metric"], name="metric_once_in_experiment")]

    def __str__(self) -> str:
        return f"{self.metric} as {self.role}"

    def place(self) -> Place:
        return replace(self.experiment.place(), subject="experiment_metric")


class AnalysisPlan(Row):
    """How an experiment is judged: best written down before its data are seen. Without a row, the defaults hold."""

    class Method(models.TextChoices):
        SEQUENTIAL = "sequential", "Always valid: may be looked at at any time"
        FIXED = "fixed", "Fixed horizon: looked at once, at the planned end"
        GROUP_SEQUENTIAL = "group_sequential", "Group sequential: looked at at planned times"
        BAYESIAN = "bayesian", "Bayesian: chance to win and expected loss"

    class Correction(models.TextChoices):
        HOLM = "holm", "Holm"
        BENJAMINI_HOCHBERG = "benjamini-hochberg", "Benjamini–Hochberg"
        BONFERRONI = "bonferroni", "Bonferroni"
        NONE = "none", "None"

    class Spending(models.TextChoices):
        OBRIEN_FLEMING = "obrien-fleming", "O'Brien–Fleming"
        POCOCK = "pocock", "Pocock"

    experiment = models.OneToOneField(Experiment, on_delete=models.CASCADE, related_name="analysis_plan")
    method = models.CharField(max_length=16, choices=Method.choices, default=Method.SEQUENTIAL)
    confidence = models.FloatField(default=0.95, validators=[MinValueValidator(0.5), MaxValueValidator(0.999)])
    correction = models.CharField(max_length=18, choices=Correction.choices, default=Correction.HOLM)
    uses_past = models.BooleanField(default=True, help_text="CUPED: take out what units did before.")
    planned_units = models.PositiveIntegerField(null=True, blank=True, help_text="In all variants together.")
    planned_days = models.PositiveIntegerField(null=True, blank=True)
    looks = models.PositiveSmallIntegerField(default=5, help_text="Group sequential: how many, evenly spaced.")
    spending = models.CharField(max_length=14, choices=Spending.choices, default=Spending.OBRIEN_FLEMING)
    prior_deviation = models.FloatField(
        default=0.1, help_text="Bayesian: standard deviation of the relative effect that is believed beforehand."
    )
    dimensions = models.JSONField(default=list, blank=True, help_text="Attributes of exposures to split results by.")

    class Meta:
        ordering = ["experiment"]

    def __str__(self) -> str:
        return f"{self.experiment}: {self.method}"

    def place(self) -> Place:
        return replace(self.experiment.place(), subject="analysis_plan")
