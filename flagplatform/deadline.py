"""A PostgreSQL connection that waits for no answer longer than a deadline.

The server's own `statement_timeout` helps as long as the server runs. One that is stopped, or behind a network that
swallows packets, keeps its clients waiting for ever: TCP finds nothing wrong with a peer that only says nothing.
"""

from typing import Any

import psycopg

SECONDS = 4.5


class Connection(psycopg.Connection[Any]):
    """Closes itself when an answer is late: what the server did with the statement is not known then."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, SECONDS if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as late:
            if timeout is not None:
                raise  # psycopg itself asked for less, and knows what to do
            self.close()
            raise psycopg.OperationalError(f"the server has not answered for {SECONDS} s") from late
