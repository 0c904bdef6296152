"""What an experiment is, who takes part in it, and what keeps experiments apart: layers and holdouts."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.changes import Place
from accounts.models import Environment, Project, User, valid_key
from accounts.rows import Row
from flagkit.engine.algorithms import NATIVE
from flagkit.engine.experiments import BUCKETS
from flags.models import Audience, Flag, new_salt


class Layer(Row):
    """Keeps experiments apart: each holds a share of its 10,000 buckets, so that nobody is in two of them."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="layers")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)

    class Meta:
        ordering = ["environment", "key"]
        constraints = [models.UniqueConstraint(fields=["environment", "key"], name="layer_key_in_environment")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return _placed("layer", self.key, self.environment)


class Holdout(Row):
    """A share of users kept out of all experiments of a project, in every environment, to measure the sum of them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="holdouts")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    percentage = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="Share of users that is held out, in steps of 0.01; more of it keeps those who are out already.",
    )
    salt = models.CharField(max_length=64, default=new_salt, editable=False)

    class Meta:
        ordering = ["project", "key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="holdout_key_in_project")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return Place("holdout", self.key, project=self.project.key)


class Experiment(Row):
    """A question put to users: variants, the buckets that get each, and who takes part."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        RUNNING = "RUNNING", "Running"
        PAUSED = "PAUSED", "Paused"
        ARCHIVED = "ARCHIVED", "Archived"

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="experiments")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    hypothesis = models.TextField(blank=True, max_length=2000)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_experiments")
    tags = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT, editable=False)
    salt = models.CharField(max_length=64, default=new_salt)
    algorithm = models.CharField(max_length=30, default=NATIVE)
    audience = models.ForeignKey(Audience, null=True, blank=True, on_delete=models.RESTRICT, related_name="experiments")
    targeting_rules = models.JSONField(default=list, blank=True, help_text='[{"id": "eu", "conditions": […]}, …]')
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.RESTRICT, related_name="experiments")
    layer = models.ForeignKey(Layer, null=True, blank=True, on_delete=models.RESTRICT, related_name="experiments")
    layer_ranges = models.JSONField(default=list, blank=True, help_text="[[0, 4999]]: its buckets of the layer.")
    winner = models.CharField(max_length=100, blank=True, editable=False, help_text="What it was concluded with.")
    started_at = models.DateTimeField(null=True, editable=False, help_text="When it ran for the first time.")
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["environment", "key"]
        constraints = [models.UniqueConstraint(fields=["environment", "key"], name="experiment_key_in_environment")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return _placed("experiment", self.key, self.environment)

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING


class Variant(Row):
    """One of the things that an experiment compares. On a flag, it serves the flag's variant of the same key."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="variants")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict, blank=True, help_text="An object that the assignment carries.")
    position = models.PositiveSmallIntegerField(default=0, editable=False, help_text="The first one is the control.")

    class Meta:
        ordering = ["position", "key"]
        constraints = [models.UniqueConstraint(fields=["experiment", "key"], name="variant_key_in_experiment")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return _placed("variant", self.experiment.key, self.experiment.environment)


class Allocation(Row):
    """A range of an experiment's 10,000 buckets, both ends included, whose users get one variant."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="allocations")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="allocations")
    range_start = models.PositiveSmallIntegerField(validators=[MaxValueValidator(BUCKETS - 1)])
    range_end = models.PositiveSmallIntegerField(validators=[MaxValueValidator(BUCKETS - 1)])

    class Meta:
        ordering = ["range_start"]

    def __str__(self) -> str:
        return f"{self.variant}: {self.range_start:,} to {self.range_end:,}"

    def place(self) -> Place:
        return _placed("allocation", self.experiment.key, self.experiment.environment)


def _placed(subject: str, key: str, environment: Environment) -> Place:
    return Place(subject, key, project=environment.project.key, environment=environment.key)
