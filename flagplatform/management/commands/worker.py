"""`manage.py worker`: makes the reports that are asked for and keeps house, in a process of its own."""

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from flagplatform.paces import Worker

LIMIT = 4  # seconds after which it ends whatever it does; a job is taken again then when its lease is over


class Command(BaseCommand):
    help = "Makes the reports that are asked for, and does the housekeeping every minute, until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what there is to do and leave")
        parser.add_argument(
            "--beside", type=int, metavar="PID", help="end when this process, which started it, is gone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        parent = options["beside"]
        worker = Worker(self._say, ends=lambda: parent is not None and os.getppid() != parent)
        if options["once"]:
            worker.once()
            return
        for told in (signal.SIGINT, signal.SIGTERM):
            signal.signal(told, _leave)
        self._say("at work")
        worker.run()

    def _say(self, what: str) -> None:
        self.stdout.write(f"worker: {what}")
        self.stdout.flush()


def _leave(*_: object) -> None:
    """What is being written is taken back, and a job is given back; a step that does not notice is cut off later."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.SIG_IGN)
    end = threading.Timer(LIMIT, os._exit, [0])
    end.daemon = True
    end.start()
    raise SystemExit(0)
