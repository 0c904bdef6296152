"""What a flag is, what it does in each environment, and the audiences that its rules name."""

import secrets
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from accounts.changes import Place
from accounts.models import Environment, Project, User, valid_key
from accounts.rows import Row


def new_salt() -> str:
    """A salt of 64 random bits: drawn once, stored, never derived from a name."""
    return secrets.token_hex(8)


class Flag(Row):
    """A switch or a choice of values. Its meaning in an environment stands in that environment's FlagConfig."""

    class Type(models.TextChoices):
        BOOLEAN = "boolean", "Boolean: on or off"
        PERCENTAGE = "percentage", "Percentage: on for a share of users"
        STRING = "string", "String variants"
        NUMBER = "number", "Number variants"
        OBJECT = "object", "Object variants"

    class Purpose(models.TextChoices):
        RELEASE = "release"
        EXPERIMENT = "experiment"
        OPERATIONS = "operations"
        KILL_SWITCH = "kill_switch"
        PERMISSION = "permission"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="flags")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    flag_type = models.CharField(max_length=10, choices=Type.choices, default=Type.BOOLEAN)
    variants = models.JSONField(help_text='[{"key": "on", "value": true}, …]')
    tags = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_flags")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.RELEASE)
    is_temporary = models.BooleanField(default=True, help_text="Meant to be removed once its release is done.")
    is_client_visible = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Client keys, which everybody can read in a browser or app, may ask for it.",
    )
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="flag_key_in_project")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return Place("flag", self.key, project=self.project.key)

    @property
    def type(self) -> str:
        """The type of the flag's values: a percentage flag is a boolean one."""
        return "boolean" if self.flag_type == self.Type.PERCENTAGE else self.flag_type


class FlagConfig(Row):
    """What a flag does in one environment. A flag without one is off there."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="configs")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="flag_configs")
    is_enabled = models.BooleanField(default=False)
    rollout_percentage = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        default=Decimal(100),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="Share of users that a percentage flag is on for, in steps of 0.001; other types keep it unused.",
    )
    serve = models.JSONField(
        default=dict,
        blank=True,
        help_text='{"variant": "a"} or {"split": [{"variant": "a", "weight": 50}, …]}; empty: the first variant.',
    )
    prerequisites = models.JSONField(default=list, blank=True, help_text='[{"flag": "parent", "variants": ["on"]}, …]')
    targets = models.JSONField(default=list, blank=True, help_text='[{"variant": "on", "keys": ["alice"]}, …]')
    rules = models.JSONField(
        default=list, blank=True, help_text='[{"id": "eu", "conditions": […], "serve": {"variant": "on"}}, …]'
    )
    off_variant = models.CharField(
        max_length=100, blank=True, help_text="Served while the flag is off; empty: off for booleans, else nothing."
    )

    class Meta:
        ordering = ["flag", "environment"]
        constraints = [models.UniqueConstraint(fields=["flag", "environment"], name="one_config_per_environment")]

    def __str__(self) -> str:
        return f"{self.flag} in {self.environment}"

    @classmethod
    def untouched(cls, flag: Flag, environment: Environment) -> "FlagConfig":
        """What a flag is set to where nobody set anything, not in the database: off, and a rollout to nobody."""
        share = Decimal(0 if flag.flag_type == Flag.Type.PERCENTAGE else 100)
        return cls(flag=flag, environment=environment, rollout_percentage=share)

    def place(self) -> Place:
        return Place("flag_config", self.flag.key, project=self.flag.project.key, environment=self.environment.key)


class Audience(Row):
    """Who belongs together in one environment: single keys in and out, and rules for everyone else."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="audiences")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True, max_length=2000)
    rules = models.JSONField(default=list, blank=True, help_text='[{"id": "eu", "conditions": […]}, …]')
    included = models.JSONField(default=list, blank=True, help_text="Targeting keys that belong to it in any case.")
    excluded = models.JSONField(default=list, blank=True, help_text="Targeting keys that never belong to it.")

    class Meta:
        ordering = ["environment", "key"]
        constraints = [models.UniqueConstraint(fields=["environment", "key"], name="audience_key_in_environment")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        environment = self.environment
        return Place("audience", self.key, project=environment.project.key, environment=environment.key)


class SeenAttribute(models.Model):
    """An attribute that a context had when somebody asked in this environment; written by evaluation, not by people."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="seen_attributes")
    name = models.CharField(max_length=100)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["environment", "name"]
        constraints = [models.UniqueConstraint(fields=["environment", "name"], name="attribute_seen_once")]

    def __str__(self) -> str:
        return self.name
