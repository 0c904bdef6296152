"""The board of flags that people look at: one row per flag, one cell per environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Environment
from flags import wording
from flags.abilities import Abilities
from flags.models import Flag, FlagConfig
from flags.queries import settings_of

ARCHIVED = "Archived flags are served nowhere. Restore the flag first."


@dataclass(frozen=True, slots=True)
class Cell:
    """What a flag does in one environment; `why_not` says why the person who looks may not switch it."""

    environment: Environment
    config: FlagConfig
    short: str
    sentence: str
    why_not: str

    @property
    def target(self) -> str:
        """Where the switch goes when it is pressed."""
        return "off" if self.config.is_enabled else "on"


@dataclass(frozen=True, slots=True)
class Line:
    """A flag with its cells, and the instant of the last change of any of them."""

    flag: Flag
    cells: Sequence[Cell]
    updated_at: datetime


def lines(flags: Sequence[Flag], environments: Sequence[Environment], can: Abilities) -> list[Line]:
    """A constant number of queries, however many flags there are."""
    settings = settings_of(flags, environments)
    return [_line(flag, [_cell(flag, e, settings[flag.pk][e.key], can) for e in environments]) for flag in flags]


def _line(flag: Flag, cells: Sequence[Cell]) -> Line:
    changed = [cell.config.updated_at for cell in cells if cell.config.updated_at]
    return Line(flag, cells, max([flag.updated_at, *changed]))


def _cell(flag: Flag, environment: Environment, config: FlagConfig, can: Abilities) -> Cell:
    why_not = ARCHIVED if flag.archived_at else can.why_not.get(environment.key, "")
    return Cell(environment, config, wording.short(flag, config), wording.sentence(flag, config), why_not)
