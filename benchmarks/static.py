"""The server with one more door: a fixed answer of 150 bytes, the most that this kind of process can give."""

from evaluation.doors.table import DOORS, Door
from evaluation.doors.wire import Reply, Request
from evaluation.store import Store

PATH = "/static-answer"
BODY = '{"static":"' + "x" * 137 + '"}'
_REPLY = Reply(200, BODY.encode())


def answer(_: Request, __: Store) -> Reply:
    return _REPLY


DOORS[PATH] = Door(answer, ("GET",), is_decision=False)

from flagplatform.asgi import application  # noqa: E402, F401 - it takes the doors that stand there by now
