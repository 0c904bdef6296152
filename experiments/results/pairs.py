"""Control and one treatment of one metric side by side, ready to be judged."""

from dataclasses import dataclass

from experiments.results.asked import AskedMetric
from experiments.results.measured import Measured, share_that_counts
from experiments.stats.always_valid import Progress
from experiments.stats.arms import Arm
from experiments.stats.proportions import Conversions, is_sparse


@dataclass(frozen=True, slots=True)
class Pair:
    """`conversions` are there where the arms are rates of which no past was taken out."""

    control: Arm
    treatment: Arm
    progress: Progress
    conversions: tuple[Conversions, Conversions] | None = None
    is_adjusted: bool = False

    @property
    def units(self) -> int:
        return self.control.n + self.treatment.n

    @property
    def treatment_share(self) -> float:
        return self.treatment.n / self.units


def progress_of(metric: AskedMetric, control: Measured, treatment: Measured) -> Progress:
    """How far the comparison of two arms has come; both have a plain average."""
    assert control.plain
    assert treatment.plain
    share = share_that_counts(metric, (control, treatment))
    return Progress(control.plain.n, treatment.plain.n, share, binary=_has_two_sides(metric))


def pair_of(metric: AskedMetric, control: Measured, treatment: Measured) -> Pair | None:
    """None where an arm says too little to be compared. Rates with a cell below five keep their past: exact tests do
    not know how to take it out."""
    if control.arm is None or treatment.arm is None or control.plain is None or treatment.plain is None:
        return None
    progress = progress_of(metric, control, treatment)
    conversions = _conversions(control, treatment)
    sparse = conversions is not None and is_sparse(*conversions)
    if sparse or not (control.is_adjusted and treatment.is_adjusted):
        return Pair(control.plain, treatment.plain, progress, conversions)
    return Pair(control.arm, treatment.arm, progress, is_adjusted=True)


def _conversions(control: Measured, treatment: Measured) -> tuple[Conversions, Conversions] | None:
    if control.conversions is None or treatment.conversions is None:
        return None
    return control.conversions, treatment.conversions


def _has_two_sides(metric: AskedMetric) -> bool:
    return metric.is_binary or metric.kind == "quantile"
