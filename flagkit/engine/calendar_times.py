"""Whether an instant falls on a weekday or into a time of day, in a time zone."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, tzinfo

from flagkit.engine.documents import BrokenDocument, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def on_weekday(days: Sequence[object], zone: object) -> Callable[[datetime], bool]:
    """What tells whether an instant falls on one of these days (mon … sun) in this time zone."""
    unknown = [day for day in days if day not in DAYS]
    if unknown or not days:
        raise BrokenDocument(f"{shown(list(days))} are not weekdays: name some of {', '.join(DAYS)}")
    wanted = frozenset(DAYS.index(str(day)) for day in days)
    there = time_zone(zone)
    return lambda instant: instant.astimezone(there).weekday() in wanted


def in_window(window: Sequence[object], zone: object) -> Callable[[datetime], bool]:
    """What tells whether an instant's time of day lies in [from, until); a window that ends earlier spans midnight."""
    if len(window) != 2:
        raise BrokenDocument("a time window has two ends, like 09:00 and 17:30")
    start, end = _time(window[0]), _time(window[1])
    there = time_zone(zone)
    if start == end:
        raise BrokenDocument("a time window has to end at another time than it starts")

    def inside(instant: datetime) -> bool:
        local = instant.astimezone(there).time()
        return start <= local < end if start < end else local >= start or local < end

    return inside


def time_zone(name: object) -> tzinfo:
    """The time zone of this IANA name, UTC for None. Raises BrokenDocument where there is none."""
    from zoneinfo import ZoneInfo  # only rules with a time of day pay for the import

    try:
        return ZoneInfo("UTC" if name is None else str(name))
    except (KeyError, ValueError, OSError) as error:
        raise BrokenDocument(f"{shown(name)} is not a time zone: write it like Europe/Berlin") from error


def _time(value: object) -> time:
    try:
        found = time.fromisoformat(str(value))
    except ValueError as error:
        raise BrokenDocument(f"{shown(value)} is not a time of day: write it like 09:00") from error
    if found.tzinfo is not None:
        raise BrokenDocument("name the time zone of a time window in time_zone")
    return found
