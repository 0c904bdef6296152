"""`manage.py make_admin EMAIL`: the first admin of an installation, or one more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.services import make_admin


class Command(BaseCommand):
    help = "Give the admin role to somebody who has registered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = make_admin(email)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{user.email} is an admin.")
        if not user.is_active:
            self.stdout.write("The account is deactivated: another admin has to reactivate it before it can sign in.")
