"""`manage.py worker`: housekeeping, once a minute, in a process of its own."""

import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from flagplatform.housekeeping import keep_house

PAUSE = 60  # seconds between two rounds


class Command(BaseCommand):
    help = "Does the housekeeping every minute until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do it once and leave")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self._round()
            return
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, _leave)
        self._say("at work")
        while True:
            close_old_connections()
            self._round()
            time.sleep(PAUSE)

    def _round(self) -> None:
        done = keep_house(timezone.now())
        if any(done.values()):
            self._say(", ".join(f"{job} {count}" for job, count in done.items() if count))

    def _say(self, what: str) -> None:
        self.stdout.write(f"worker: {what}")
        self.stdout.flush()


def _leave(*_: object) -> None:
    raise SystemExit(0)
