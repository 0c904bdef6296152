"""The documents say what is: settings, commands, addresses and files that they name exist."""

import ast
import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from evaluation.doors import decide, events, ofrep
from evaluation.doors.delivery import DeliveryDoors
from evaluation.doors.evaluate import PREFIXES
from evaluation.store import Store
from flagplatform import health, metrics_door
from tests.checks import ROOT

README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
TEXTS = "\n".join(file.read_text() for file in DOCUMENTS)

ELSEWHERE = {
    "PORT",
    "WORKER",
    "TEST_DATABASE_URL",
    "TEST_REDIS_URL",
    "FLAGPLATFORM_REQUIRE_ALL",
}  # read by ./start and ./test


def _defaults() -> dict[str, str | None]:
    """Each variable that settings.py reads, with its default as a document writes it; None where that takes words."""
    calls = (node for node in ast.walk(ast.parse((ROOT / "flagplatform/settings.py").read_text())))
    found: dict[str, str | None] = {}
    for call in calls:
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _is_env(call.func.value):
            name, *rest = [*call.args, *(keyword.value for keyword in call.keywords)]
            assert isinstance(name, ast.Constant)
            found[str(name.value)] = _written(rest[0]) if rest else None
    return found


def _is_env(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def _written(default: ast.expr) -> str | None:
    try:
        value = ast.literal_eval(default)
    except ValueError:
        return None
    if isinstance(value, list):
        return ",".join(value) or None
    return (str(value).lower() if isinstance(value, bool) else str(value)) or None


def _documented() -> dict[str, str]:
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", SETTINGS, re.MULTILINE))


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(_documented()) == set(_defaults()) | ELSEWHERE


def test_documented_defaults_are_the_real_ones() -> None:
    documented = _documented()
    wrong = {name: text for name, text in _defaults().items() if text and documented[name] != f"`{text}`"}
    assert wrong == {}


def test_commands_that_are_named_exist() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", TEXTS))
    assert named - set(get_commands()) == set()


def _addresses() -> set[str]:
    """Paths behind the local address, and paths that stand alone in code marks."""
    local = re.findall(r"localhost:8000(/[^\s\"'<>|?)`]*)", TEXTS)
    marked = re.findall(r"`(?:GET |POST |PUT )?(/[a-z][^\s`]*)`", TEXTS)
    return {re.sub(r"\{[a-z_]+\}", "some-key", path) for path in (*local, *marked)}


def _answers(path: str) -> bool:
    if DeliveryDoors(Store(), most=1).opens(path.partition("?")[0]) or path.startswith((*PREFIXES, ofrep.ONE)):
        return True
    if path in (*health.PATHS, *metrics_door.PATHS, *decide.PATHS, *events.PATHS, ofrep.ALL, "/evaluate", "/api/"):
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def test_addresses_that_are_named_answer() -> None:
    assert {path for path in _addresses() if not _answers(path)} == set()


def test_links_between_documents_lead_somewhere() -> None:
    for file in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_files_in_the_readmes_tree_exist() -> None:
    tree = re.search(r"## Where is it decided\?.*?```\n(.*?)```", README, re.DOTALL)
    assert tree
    room = ""
    for line in tree[1].splitlines():
        room = line.split()[0] if line[0] != " " else room
        for name in re.findall(r"(?:(?<=\s{2})|^)([\w/]+(?:\.py|/))(?=\s)", line.removeprefix(room)):
            assert (ROOT / room / name).exists(), room + name


def test_files_that_documents_name_exist() -> None:
    named = set(re.findall(r"`((?:[a-z]+/)+[\w.]+\.(?:py|md|txt))`", TEXTS))
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.name)
def test_decision_is_short_and_says_what_was_rejected(file: Path) -> None:
    text = file.read_text()
    assert len(text.splitlines()) < 60
    for part in ("Context", "Decision", "Consequences", "Rejected"):
        assert f"\n## {part}\n" in text


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(file.name[:4]) for file in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_is_pinned_and_has_a_reason(file: str) -> None:
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
    assert [line for line in lines if not re.match(r"[\w.-]+(\[[\w,]+\])?==[\w.]+ +# \w", line)] == []
