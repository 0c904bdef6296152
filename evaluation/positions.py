"""How a position in an environment's history is written where callers keep it: epoch and revision, as in `0.9`."""

from evaluation.snapshot import Position

BEGINNING: Position = (-1, -1)  # before everything that can be served
_LONGEST = 40


def write(position: Position) -> str:
    return f"{position[0]}.{position[1]}"


def read(text: str) -> Position:
    """The position that was written; BEGINNING for anything else."""
    epoch, _, revision = text.partition(".")
    is_one = text.isascii() and epoch.isdigit() and revision.isdigit() and len(text) <= _LONGEST
    return (int(epoch), int(revision)) if is_one else BEGINNING
