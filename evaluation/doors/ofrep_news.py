"""How OFREP tells of a changed configuration, and how a client tells what it was told when it asks again."""

from collections.abc import Mapping
from datetime import UTC, datetime

from evaluation import positions
from evaluation.snapshot import Snapshot

_TAG, _TIME = "flagConfigEtag", "flagConfigLastModified"
_LONGEST = 40
_MICROSECONDS = 1_000_000


def modified_at(snapshot: Snapshot) -> int:
    """When the configuration changed last, in seconds since 1970; 0 where that is not known."""
    return snapshot.mark // _MICROSECONDS


def is_behind(snapshot: Snapshot, parameters: Mapping[str, str]) -> bool:
    """Whether the query tells of a later configuration than this one; what cannot be read tells nothing."""
    if parameters.get(_TAG):
        return snapshot.position < positions.read(parameters[_TAG])
    return 0 < modified_at(snapshot) < _seconds(parameters.get(_TIME, ""))


def _seconds(text: str) -> float:
    """Seconds since 1970, from a number of them or an ISO 8601 date; 0 for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return int(text)
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0
