"""Which exposures were told already today, so that a subject that is asked about all day is told once."""

import threading
from collections import OrderedDict
from collections.abc import Hashable


class Remembered:
    """The newest so many of them; one that was forgotten is told again, which the results do not mind."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, None] = OrderedDict()
        self._changing = threading.Lock()

    def __contains__(self, exposure: Hashable) -> bool:
        with self._changing:
            if exposure not in self._known:
                return False
            self._known.move_to_end(exposure)
            return True

    def add(self, exposure: Hashable) -> None:
        with self._changing:
            self._known[exposure] = None
            if len(self._known) > self._most:
                self._known.popitem(last=False)
