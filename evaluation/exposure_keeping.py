"""How exposures come from the lane of decisions into the intake of events, in a thread of its own."""

import threading
import time

from evaluation.exposures import Exposures
from experiments.events.intake import FLUSH_AT, Batch, Intake, PushedBack

_BUNDLING = 0.05  # seconds after the first of several
_PATIENCE = 2.0  # seconds that stopping waits


class ExposureKeeper:
    """Hands the lane to the intake, in a thread of its own."""

    def __init__(self, exposures: Exposures, intake: Intake) -> None:
        self._exposures, self._intake = exposures, intake
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name="exposures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hand over what waits."""
        self._is_stopped = True
        self._exposures.news.set()
        self._thread.join(_PATIENCE)

    def hand_over(self) -> bool:
        """False, and the rest waits on, where the intake takes no more for the moment."""
        while items := self._exposures.take(FLUSH_AT):
            try:
                self._intake.put(Batch(items))
            except PushedBack:
                self._exposures.put_back(items)
                return False
        return True

    def _work(self) -> None:
        while not self._is_stopped:
            self._exposures.news.wait()
            time.sleep(_BUNDLING)
            self._exposures.news.clear()
            if not self.hand_over():
                self._exposures.news.set()
