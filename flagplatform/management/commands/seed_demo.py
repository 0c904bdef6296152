"""`manage.py seed_demo`: the demo project of ./start, for an installation that was set up by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role, User
from flagplatform import demo


class Command(BaseCommand):
    help = "Fills the project `default` with a shop's flags, unless it ever had any."

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("created_at").first()
        if by is None:
            raise CommandError("There is no admin to seed as. Register, then run: manage.py make_admin EMAIL")
        seeded = demo.seed(by=by)
        self.stdout.write("The demo project is there." if seeded else "Left alone: the project has, or had, flags.")
