"""Sums without reading again what was read before: days that are closed and have not changed are known by their units.

What is known of the units up to a day lies in a file that is named after everything it depends on: what was asked, and
the digests of all days up to that one. A file that is there is right, so nothing has ever to be invalidated. Sums grow
from the file of the latest such day by the events of the days since.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from experiments.analysis import kept_files
from experiments.analysis.dialects import Expression
from experiments.analysis.engines import Engine, engine_on
from experiments.analysis.questions import Question
from experiments.analysis.schema import Table
from experiments.analysis.stores import Reading, StoredDay
from experiments.analysis.summing import digest_of, events_of, exposure_days, metric_days, sum_up, sums_of
from experiments.analysis.sums import Sums
from experiments.analysis.unit_rows import Events, first_rows, grown_rows

ONE = timedelta(days=1)
_FORM = 1  # of the files; raised when what they hold changes its meaning


def sum_up_new(question: Question, reading: Reading, *, folder: Path | None = None) -> Sums:
    """The same as `sum_up`, asked at `received_until`.

    In full where files are of no use: on ClickHouse, or before a first day is closed.
    """
    days = _Days.of(question, reading)
    last = days.last_closed()
    if reading.connection.name != "duckdb" or last is None:
        return sum_up(question, reading)
    with engine_on(reading.connection) as engine:
        known = _Known(engine, question, reading, days, folder or kept_files.kept_folder())
        rows = known.rows_until(last)
        if days.has_events_after(last):
            rows = grown_rows(engine, question, rows, known.events_between(last, days.last))
        return sums_of(engine, question, rows, events_of(question, reading), digest=digest_of(question, reading))


@dataclass(frozen=True, slots=True)
class _Days:
    """What is stored of the days that a question is about."""

    question: Question
    stored: Mapping[str, Mapping[date, StoredDay]]
    today: date

    @classmethod
    def of(cls, question: Question, reading: Reading) -> "_Days":
        now = question.received_until
        ranges = {Table.EXPOSURES: exposure_days(question), Table.METRICS: metric_days(question)}
        stored = {
            str(table): {
                each.day: each
                for each in reading.days(question.environment_id, table, now=now)
                if first <= each.day <= last
            }
            for table, (first, last) in ranges.items()
        }
        return cls(question, stored, now.astimezone(UTC).date())

    @property
    def first(self) -> date:
        return metric_days(self.question)[0]

    @property
    def last(self) -> date:
        return metric_days(self.question)[1]

    def last_closed(self) -> date | None:
        """The last of the days that are closed without a gap; none when there is none with exposures.

        Nor is there one when closed days hold events that were stored later than the question may know.
        """
        open_days = [each.day for each in self._all() if not each.is_closed]
        last = min([self.today, self.last + ONE, *open_days]) - ONE
        if last < exposure_days(self.question)[0] or not self.are_in_time(last):
            return None
        return last

    def are_in_time(self, last: date) -> bool:
        """Whether what is stored of the days up to this one was stored in the time that the question knows of."""
        return all(each.received_until <= self.question.received_until for each in self._all() if each.day <= last)

    def has_events_after(self, day: date) -> bool:
        return any(each.day > day for each in self._all())

    def key_until(self, day: date) -> str:
        """Names everything that the units up to the end of this day depend on."""
        end = datetime.combine(day + ONE, datetime.min.time(), UTC)
        asked = asdict(self.question) | {"ended_at": min(self.question.ended_at, end), "received_until": None}
        digests = [
            [e.day, table, e.digest] for table, days in self.stored.items() for e in days.values() if e.day <= day
        ]
        written = json.dumps([_FORM, asked, sorted(digests, key=str)], default=str, sort_keys=True)
        return sha256(written.encode()).hexdigest()

    def _all(self) -> Iterator[StoredDay]:
        for days in self.stored.values():
            yield from days.values()


@dataclass(frozen=True, slots=True)
class _Known:
    """The units of closed days, from files where there are some."""

    engine: Engine
    question: Question
    reading: Reading
    days: _Days
    folder: Path

    def rows_until(self, last: date) -> Expression:
        file = self._file(last)
        if not kept_files.is_there(file):
            self.engine.write(self._rows_since_earlier(last), file)
        return self.engine.read(file)

    def events_between(self, known: date | None, last: date) -> Events:
        """Those of the days after the one that is known, or of all."""
        where, days = self.question.environment_id, (known + ONE if known else self.days.first, last)
        exposures, in_time = self.reading.exposures(where, days), self.days.are_in_time(last)
        if not self.question.metrics:
            return Events(exposures, are_in_time=in_time)
        metrics = self.reading.metric_events(where, days)
        if known is None:
            return Events(exposures, metrics, are_in_time=in_time)
        back = max(metric.lookback for metric in self.question.metrics)
        first = (datetime.combine(known + ONE, datetime.min.time(), UTC) - back).date()
        earlier = self.reading.metric_events(where, (first, known))
        return Events(exposures, metrics, earlier, in_time)

    def _rows_since_earlier(self, last: date) -> Expression:
        for day in self._days_before(last):
            if kept_files.is_there(self._file(day)):
                known = self.engine.read(self._file(day))
                return grown_rows(self.engine, self.question, known, self.events_between(day, last))
        return first_rows(self.engine, self.question, self.events_between(None, last))

    def _days_before(self, last: date) -> Iterator[date]:
        day = last - ONE
        while day >= exposure_days(self.question)[0]:
            yield day
            day -= ONE

    def _file(self, day: date) -> Path:
        return self.folder / f"{self.days.key_until(day)}.parquet"
