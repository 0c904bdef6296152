"""What the API of accounts reads and shows."""

from typing import Any

from rest_framework import serializers

from accounts.models import Role, valid_key
from accounts.password_rules import MAX_LENGTH
from accounts.strict_input import Email, OneOf, StrictInput, Text, TrueOrFalse, WholeNumber


class Key(Text):
    """A key as the rows take it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.validators.append(valid_key)


class Password(Text):
    """A password exactly as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LENGTH, trim_whitespace=False, write_only=True, **kwargs)


class UserOut(serializers.Serializer[Any]):
    """A person as they are shown."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TokensOut(serializers.Serializer[Any]):
    """What a sign-in gives; `expires_in` counts the access token's seconds."""

    access_token = serializers.CharField()
    refresh_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    user = UserOut()


class Registration(StrictInput):
    email = Email(max_length=254)
    password = Password()
    name = Text(max_length=100, allow_blank=True, required=False)


class Credentials(StrictInput):
    email = Text(max_length=254)
    password = Password()


class RefreshIn(StrictInput):
    refresh_token = Text(max_length=4096)


class PasswordChange(StrictInput):
    current_password = Password()
    new_password = Password()


class RoleIn(StrictInput):
    role = OneOf(choices=Role.choices)


class UserIn(StrictInput):
    """What an admin changes of a person; the role has an address of its own."""

    name = Text(max_length=100, allow_blank=True, required=False)
    is_active = TrueOrFalse(required=False)
    email = Text(max_length=254, required=False, help_text="Cannot be changed; may be sent as it is.")
    role = OneOf(choices=Role.choices, required=False, help_text="Is changed with PUT auth/users/{id}/role.")
    id = serializers.UUIDField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class ProjectBody(StrictInput):
    """A project; its key comes from its name where none is given, and stays."""

    id = serializers.UUIDField(read_only=True)
    key = Key(required=False)
    name = Text(max_length=100, required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class EnvironmentBody(StrictInput):
    """An environment; its key comes from its name where none is given, and stays."""

    id = serializers.UUIDField(read_only=True)
    key = Key(required=False)
    name = Text(max_length=100, required=False)
    description = Text(max_length=2000, allow_blank=True, required=False)
    project = Text(required=False, max_length=100, help_text="Key or id; `default` where none is named.")
    position = WholeNumber(min_value=0, max_value=32_767, required=False)
    is_protected = TrueOrFalse(required=False)
    allows_keyless = TrueOrFalse(required=False)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class MemberOut(serializers.Serializer[Any]):
    """Somebody's role in one project."""

    project = serializers.CharField()
    user_id = serializers.UUIDField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
