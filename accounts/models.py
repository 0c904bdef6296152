"""Who works here, where, and with which keys their programs ask."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from accounts.changes import Place
from accounts.rows import RecordedQuerySet, Row

MAX_RATE = 1_000_000_000  # requests per minute; a key that nothing should hold back
KEY_PATTERN = r"[A-Za-z0-9._-]{1,100}"
valid_key = RegexValidator(
    rf"\A{KEY_PATTERN}\Z", "Use 1 to 100 letters, digits, dots, underscores or hyphens.", code="invalid_key"
)


class Role(models.TextChoices):
    """What a person may do; `accounts.policy` holds the table."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    ADMIN = "admin"


class UserManager(BaseUserManager["User"].from_queryset(RecordedQuerySet)):  # type: ignore[misc]
    """Finds people by e-mail without regard to case, as `createsuperuser` and sign-in expect."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = User(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, role=Role.ADMIN, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        found: User = self.get(email=(email or "").strip().lower())
        return found


class User(Row, AbstractBaseUser):
    """A person, known by e-mail."""

    masked: ClassVar[frozenset[str]] = frozenset({"password"})
    unrecorded: ClassVar[frozenset[str]] = Row.unrecorded | {"last_login"}

    email = models.EmailField(unique=True, max_length=254)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email

    def place(self) -> Place:
        return Place("user", self.email)

    @property
    def is_staff(self) -> bool:
        """Everybody may open the Django admin; what they see and change there is policy's to say."""
        return self.is_active

    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_superuser

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active


class Project(Row):
    """A set of flags, environments and members."""

    key = models.CharField(max_length=100, unique=True, validators=[valid_key])
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return Place("project", self.key, project=self.key)


class Environment(Row):
    """Where flags are evaluated. A protected one is changed by admins only."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="environments")
    key = models.CharField(max_length=100, validators=[valid_key])
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True, max_length=2000)
    position = models.PositiveSmallIntegerField(default=100, help_text="Lower ones are shown first.")
    is_protected = models.BooleanField(default=False, help_text="Only admins may change what it evaluates.")
    allows_keyless = models.BooleanField(default=True, help_text="Evaluation is answered without an API key.")

    class Meta:
        ordering = ["position", "key"]
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="environment_key_in_project")]

    def __str__(self) -> str:
        return self.key

    def place(self) -> Place:
        return Place("environment", self.key, project=self.project.key, environment=self.key)


class Membership(Row):
    """A person's role in one project, where it differs from the one they hold everywhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        ordering = ["project", "user"]
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="one_membership_per_project")]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}"

    def place(self) -> Place:
        return Place("membership", self.user.email, project=self.project.key)


class ApiKey(Row):
    """What a program shows to ask for answers in one environment; only its hash is stored."""

    class Kind(models.TextChoices):
        SERVER = "server"
        CLIENT = "client"

    masked: ClassVar[frozenset[str]] = frozenset({"key_hash"})

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    prefix = models.CharField(max_length=16, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    allowed_origins = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text='["https://shop.example"]: pages that may show it; ["*"]: any.',
    )
    rate_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RATE)],
        help_text="Requests per minute; empty: as this installation has it.",
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["environment", "name"]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def is_usable(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def place(self) -> Place:
        environment = self.environment
        return Place("api_key", self.prefix, project=environment.project.key, environment=environment.key)


class SignIn(models.Model):
    """One sign-in of a program or app: the family of every refresh token that was rotated out of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    refresh_id = models.UUIDField(help_text="The one refresh token that is still good.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"
