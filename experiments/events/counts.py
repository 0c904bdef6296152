"""What this process counted about events, for operators to watch."""

from collections import Counter


class Counts:
    """Since the process started; what waits to be stored is as of now."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter(accepted=0, duplicate=0, rejected=0)
        self.spooled = 0  # put on this machine's disk because the database was away
        self.drained = 0  # of those, stored since, in this process
        self.dropped: Counter[str] = Counter(unknown=0, refused=0, exposures=0)
        self.pushed_back = 0  # requests that were told to come again
        self.flushes: Counter[str] = Counter(done=0, failed=0)
        self.waiting = 0


counts = Counts()
