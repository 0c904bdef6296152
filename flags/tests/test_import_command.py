"""`manage.py import_unleash`: a file becomes flags, and what is wrong with it is said before anything is written."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Environment, Project, User
from audit.models import Entry
from flags.management.commands import import_unleash
from flags.models import Flag, FlagConfig

GOOD = {"version": 2, "features": [{"name": "f", "enabled": True, "strategies": [{"name": "default"}]}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "features.json"
    found.write_text(json.dumps(GOOD))
    return found


def run(file: Path, *options: str) -> dict[str, Any]:
    told = StringIO()
    call_command("import_unleash", str(file), *options, stdout=told)
    found: dict[str, Any] = json.loads(told.getvalue())
    return found


def test_a_file_goes_into_every_environment_where_none_is_named(file: Path, alice: User, project: Project) -> None:
    assert run(file)["created"] == ["f"]
    assert FlagConfig.objects.filter(is_enabled=True).count() == project.environments.count()


def test_a_file_goes_into_the_environments_that_are_named(file: Path, alice: User) -> None:
    run(file, "--environment", "staging", "--environment", "Development")
    assert set(FlagConfig.objects.values_list("environment__key", flat=True)) == {"development", "staging"}


def test_a_file_goes_into_the_project_that_is_named(file: Path, alice: User) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    Environment.objects.create(project=shop, key="qa", name="QA")
    run(file, "--project", "shop")
    assert Flag.objects.get().project == shop


def test_a_dry_run_only_reports(file: Path, alice: User) -> None:
    before = Entry.objects.count()
    assert run(file, "--dry-run")["created"] == ["f"]
    assert (Flag.objects.count(), Entry.objects.count()) == (0, before)


def test_it_imports_as_the_person_who_is_named(file: Path, alice: User, bob: User) -> None:
    run(file, "--by", "bob@example.com", "--environment", "staging")
    assert Entry.objects.filter(subject="flag").get().actor == "bob@example.com"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--by", "bob@example.com"], "protected environment"),
        (["--by", "nobody@example.com"], "Nobody active is known"),
        (["--by", "eve@example.com"], "Nobody active is known"),
        (["--environment", "moon"], "There is no environment moon"),
        (["--project", "moon"], "There is no project moon"),
    ],
)
def test_what_cannot_be_is_told(file: Path, alice: User, bob: User, eve: User, options: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(file, *options)
    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ('{"features": [NaN]}', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"features": [], "x": ' + "[" * 40 + "]" * 40 + "}", "deeper than 32"),
        ('{"version": 9, "features": []}', "versions 1 and 2"),
        ('{"features": [{"name": "f"}]}', r"document\.features\.0\.enabled: This is required"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(file: Path, alice: User, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandError, match=told):
        run(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, alice: User) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "nothing.json")


def test_a_file_that_is_too_large_is_not_read(file: Path, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_unleash, "MOST_BYTES", 10)
    with pytest.raises(CommandError, match="larger than 10 bytes"):
        run(file)


def test_without_an_admin_it_says_how_to_get_one(file: Path, bob: User) -> None:
    with pytest.raises(CommandError, match="make_admin"):
        run(file)
