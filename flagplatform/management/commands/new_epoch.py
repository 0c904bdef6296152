"""`manage.py new_epoch`: every environment begins a new epoch, so that processes and clients read everything anew."""

from typing import Any

from django.core.management.base import BaseCommand

from evaluation import epochs


class Command(BaseCommand):
    help = "Makes every process and client read the whole configuration anew, as after a restore that nobody saw."

    def handle(self, *args: Any, **options: Any) -> None:
        for environment, epoch in epochs.begin_everywhere():
            self.stdout.write(f"{environment}: epoch {epoch}")
