"""What every request meets before its door: the rule for pages of other origins, then the limits."""

from evaluation.doors import origins
from evaluation.doors.access import known_key
from evaluation.doors.limits import Limits
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.store import Store

Met = Reply | Refused | None


class Entrance:
    """One for all doors of a process, so that they count together."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self._limits = limits or Limits()

    def meet(self, request: Request, methods: tuple[str, ...]) -> tuple[Met, bytes]:
        """What is answered in place of the door, and the header lines of the answer, whoever gives it.

        `methods` are those that the door takes, none where nothing is. How a refusal is written is the door's business.
        """
        callers, limits = self._store.callers, self._limits
        if b"origin" in request.headers and (origin := origins.foreign_origin(request)):
            return self._meet_page(request, methods, origin)
        if limits.are_set or callers.have_limits:
            return limits.count(request, known_key(request, self._store))
        return None, b""

    def _meet_page(self, request: Request, methods: tuple[str, ...], origin: bytes) -> tuple[Met, bytes]:
        callers = self._store.callers
        lines = origins.lines_for(origin) if callers.welcome(origin.decode("latin-1")) else b""
        if methods and origins.is_preflight(request):
            return origins.preflight(methods, welcome=bool(lines)), lines
        key = known_key(request, self._store)
        refused = origins.refused(key, origin) if key is not None else None
        if refused is not None:
            return refused, lines
        refused, told = self._limits.count(request, key)
        return refused, lines + told
