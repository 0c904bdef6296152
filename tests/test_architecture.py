"""The house holds: imports go down only, modules and functions are small, and each module says what it answers."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.checks import CHECKS, ROOMS, ROOT

MODULE_LINES = 400
FUNCTION_LINES = 50


def modules() -> Iterator[Path]:
    for room in (*ROOMS, "tests"):
        yield from (file for file in sorted((ROOT / room).rglob("*.py")) if "migrations" not in file.parts)


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(module: Path) -> str:
    return str(module.relative_to(ROOT))


def test_imports_go_down_only() -> None:
    done = subprocess.run([sys.executable, *CHECKS["imports"]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_contracts_cover_every_room() -> None:
    rooms = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    assert rooms - {"tests", "benchmarks"} == set(ROOMS)


def test_every_room_is_in_the_image() -> None:
    copied = (ROOT / "Dockerfile").read_text()
    assert [room for room in (*ROOMS, "templates", "static") if f"COPY {room} ./{room}\n" not in copied] == []


def test_every_module_says_what_it_answers() -> None:
    silent = [m for m in modules() if m.read_text().strip() and not ast.get_docstring(ast.parse(m.read_text()))]
    assert [named(module) for module in silent] == []


def test_modules_are_small() -> None:
    assert [named(m) for m in modules() if len(m.read_text().splitlines()) > MODULE_LINES] == []


def test_functions_are_short() -> None:
    found = {f"{named(m)} {f.name}": (f.end_lineno or 0) - f.lineno + 1 for m in modules() for f in functions(m)}
    assert {name: lines for name, lines in found.items() if lines > FUNCTION_LINES} == {}
