"""Add the rows of questions that no file answers yet, and seal them: `python -m tests.golden.grow`.

Needs google-re2. Rows that stand are never written again.
"""

import hashlib
import json
import sys

from tests.golden.answers import ANSWERS, FOLDER
from tests.golden.questions import QUESTIONS

SEALS = FOLDER / "seals.json"


def main() -> None:
    seals = json.loads(SEALS.read_text()) if SEALS.exists() else {}
    for name, questions in QUESTIONS.items():
        path = FOLDER / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        asked = {_question(json.loads(line)) for line in lines}
        for row in questions():
            if _question(row) not in asked:
                asked.add(_question(row))
                lines.append(_written({**row, "is": ANSWERS[name](row)}) + "\n")
        path.write_text("".join(lines), encoding="utf-8")
        rows = seals.setdefault(name, [])
        if not rows or rows[-1]["rows"] < len(lines):
            rows.append({"rows": len(lines), "sha256": seal(lines)})
        sys.stdout.write(f"{name}: {len(lines)} rows\n")
    SEALS.write_text(json.dumps(seals, indent=1) + "\n")


def seal(lines: list[str]) -> str:
    """What the first rows of a file have to hash to for ever."""
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _question(row: dict[str, object]) -> str:
    return _written({name: value for name, value in row.items() if name != "is"})


def _written(row: dict[str, object]) -> str:
    return json.dumps(row, ensure_ascii=True, separators=(",", ":"))


if __name__ == "__main__":
    main()
