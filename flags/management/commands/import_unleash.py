"""`manage.py import_unleash FILE`: flags and audiences out of a file of Unleash."""

import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.models import Environment, Project, Role, User
from accounts.queries import find_environment, find_project, list_environments
from flags.importing.applying import import_unleash

MOST_BYTES = 64 * 1024 * 1024


class Command(BaseCommand):
    help = (
        "Import a client features document, delta events or an export of Unleash, and print what came of it as JSON.\n"
        "Everyone keeps the answers that they get from Unleash; the last figure of the report shows it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", default="", help="key or id; `default` where none is named")
        parser.add_argument(
            "--environment",
            action="append",
            default=[],
            metavar="KEY",
            help="where to; may be given more than once; every environment of the project where none is named",
        )
        parser.add_argument(
            "--by", default="", metavar="EMAIL", help="who imports; the first admin where nobody is named"
        )
        parser.add_argument("--dry-run", action="store_true", help="only report; write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        document = _document(options["file"])
        try:
            project = find_project(options["project"])
            report = import_unleash(
                project,
                document,
                by=_person(options["by"]),
                environments=_environments(project, options["environment"]),
                dry_run=options["dry_run"],
            )
        except Refusal as refusal:
            told = [f"{name}: {sentence}" for name, found in refusal.fields.items() for sentence in found]
            raise CommandError("\n".join([refusal.message, *told])) from refusal
        self.stdout.write(json.dumps(asdict(report), indent=2, ensure_ascii=False))


def _document(file: Path) -> Any:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file} is larger than {MOST_BYTES:,} bytes. Export fewer features at a time.")
        return orjson.loads(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise CommandError(f"{file} is not JSON: {error}.") from error


def _environments(project: Project, names: Sequence[str]) -> list[Environment]:
    found = [find_environment(project, name) for name in names] or list(list_environments(project))
    return list(dict.fromkeys(found))


def _person(email: str) -> User:
    people = User.objects.filter(is_active=True)
    found = people.filter(email=email.lower()) if email else people.filter(role=Role.ADMIN).order_by("created_at")
    person: User | None = found.first()
    if person is None:
        raise CommandError(
            f"Nobody active is known as {email}."
            if email
            else "There is no admin to import as. Register, then run: manage.py make_admin EMAIL"
        )
    return person
