"""`manage.py quickstart`, the heart of ./start: everything on one machine, ready to be asked."""

import os
import socket
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from flagplatform.quickstart import greeting, record, serving
from flagplatform.quickstart.companion import beside
from flagplatform.quickstart.credentials import remembered
from flagplatform.quickstart.preparing import prepare
from flagplatform.quickstart.record import Record


class Command(BaseCommand):
    help = "Prepares the data, seeds a demo project once, and serves Flagplatform on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = os.environ.get("PORT", "8000")
        parser.add_argument("--json", type=Path, metavar="FILE", help="also write URL, sign-in, keys and pid to FILE")
        parser.add_argument("--no-demo", action="store_true", help="start without the demo project")
        parser.add_argument(
            "--no-worker",
            action="store_true",
            default=os.environ.get("WORKER", "1") == "0",
            help="start no worker beside the server, as WORKER=0 does: no results, no housekeeping",
        )
        parser.add_argument("--port", type=_port, default=default, help="default: PORT, or 8000; 0 takes any free one")
        parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s, for this machine only")

    def handle(self, *args: Any, **options: Any) -> None:
        serving.leave_when_told()
        file = settings.DATA_DIR / "quickstart.json"
        kept = record.load(file)
        is_wanted = not options["no_worker"]
        with _listen(options["host"], options["port"], kept) as listening, beside(is_wanted) as start_worker:
            now = replace(_prepare(kept, options), url=serving.url_of(listening), pid=os.getpid())
            remembered(kept, now).save(file)
            path = greeting.question()

            def once_ready() -> None:
                self._tell(now, path, options["json"])
                start_worker()

            serving.serve(listening, once_ready=once_ready)

    def _tell(self, now: Record, path: str, file: Path | None) -> None:
        assert now.url is not None
        _, answer = serving.ask(now.url, path)
        if file:
            now.save(file)
        self.stdout.write(greeting.greeting(now, data=settings.DATA_DIR, path=path, answer=answer))
        self.stdout.flush()


def _listen(host: str, port: int, kept: Record) -> socket.socket:
    try:
        return serving.listen(host, port)
    except serving.PortTaken as error:
        raise CommandError(greeting.port_taken(kept, port)) from error
    except OSError as error:
        raise CommandError(f"Cannot listen at {host}, port {port}: {error.strerror}") from error


def _prepare(kept: Record, options: dict[str, Any]) -> Record:
    try:
        return prepare(kept, data=settings.DATA_DIR, with_demo=not options["no_demo"])
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise CommandError(f"The database does not answer; check DATABASE_URL. It said: {error}") from error


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise ArgumentTypeError(f"the port must be a whole number up to 65535, not {text!r}")
    return int(text)
