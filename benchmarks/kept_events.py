"""Whether the events in the database are those that were acknowledged, id by id and each once."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.servers import Installation

IDS = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT event_id FROM experiments_event")
    while rows := cursor.fetchmany(10_000):
        print("\\n".join(row[0] for row in rows))
"""
COUNT = "from experiments.models import Event; print(Event.objects.count())"
PAUSE = 15  # seconds within which something of what lies on the server's disk comes over


@dataclass(frozen=True)
class Comparison:
    """`lost` are acknowledged events without a row, `double` rows beyond the first, `unknown` rows of no such event."""

    rows: int
    lost: int
    double: int
    unknown: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.double or self.unknown)


def compared(installation: Installation, acknowledged: Iterable[str]) -> Comparison:
    rows = Counter(installation.manage("shell", "-v", "0", "-c", IDS).split())
    wanted = set(acknowledged)
    lost, unknown = wanted - rows.keys(), rows.keys() - wanted
    return Comparison(rows.total(), len(lost), rows.total() - len(rows), len(unknown))


def settle(installation: Installation, expected: int) -> None:
    """Wait for what lies on the server's disk since the database was away, as long as more of it comes over."""
    before = -1
    while before < (count := int(installation.manage("shell", "-v", "0", "-c", COUNT))) < expected:
        before = count
        time.sleep(PAUSE)
