"""Acts that meet: several threads on connections of their own, and a point in their statements where they wait."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts at once; what each returned, or the exception that it raised."""
    start = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@contextmanager
def pausing_after(query: str, pause: Callable[[], Any]) -> Iterator[None]:
    """Call `pause` once, after this thread's first SELECT with this text in it."""
    waiting = [pause]

    def wrap(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if waiting and sql.startswith("SELECT") and query in sql:
            waiting.pop()()
        return result

    with connection.execute_wrapper(wrap):
        yield


def meet(barrier: threading.Barrier, *, within: float) -> None:
    """Wait for the others; where a lock keeps them away, go on without them."""
    with suppress(threading.BrokenBarrierError):
        barrier.wait(within)


def failures(results: Sequence[Any]) -> list[str]:
    """The codes of what was refused."""
    return [error.code for error in results if isinstance(error, Exception)]
