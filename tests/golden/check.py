"""Ask every golden question again and print what differs: `python -m tests.golden.check [FILE …]`, 1 where any does."""

import json
import sys

from tests.golden.answers import ANSWERS, FOLDER


def differing(name: str) -> list[str]:
    """The rows of this file that are answered otherwise now."""
    found = []
    with (FOLDER / name).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            now = json.loads(json.dumps(ANSWERS[name](row)))
            if now != row["is"] or type(now) is not type(row["is"]):
                found.append(f"{line.rstrip()} is {now!r} now")
    return found


def main() -> int:
    found = [row for name in sys.argv[1:] or ANSWERS for row in differing(name)]
    sys.stdout.write("\n".join(found[:20]))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
