"""How each method judges a pair of arms."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from experiments.results.asked import AskedPlan
from experiments.results.beliefs import conviction
from experiments.results.figures import percent, whole
from experiments.results.findings import NOTHING, Finding
from experiments.results.looks import Looks
from experiments.results.notes import note
from experiments.results.pairs import Pair
from experiments.stats.always_valid import BURN_IN, always_valid
from experiments.stats.arms import Arm
from experiments.stats.bayesian import credible_interval
from experiments.stats.comparisons import compare, compare_conversions
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import Estimate, difference
from experiments.stats.group_sequential import look
from experiments.stats.inference import Interval
from experiments.stats.lift import Lift, lift_within
from experiments.stats.proportions import score_estimate

TUNED_FOR = 10_000  # units, where no number is planned: always-valid intervals have to be narrowest somewhere


@dataclass(frozen=True, slots=True)
class Judging:
    """How pairs are judged here and now. `share` is the pair's part of the units of all variants, as planned.

    `before` is what the look before found, `nothing` where there was none that counts.
    """

    plan: AskedPlan
    confidence: float
    share: float = 1.0
    better: int = 1
    looks: Looks | None = None
    before: Finding = NOTHING

    @property
    def planned_units(self) -> int:
        """In both arms."""
        return max(round((self.plan.planned_units or TUNED_FOR) * self.share), 2)


def judge(pair: Pair, judging: Judging) -> Finding:
    """By the method of the plan. Never raises: what cannot be said is None, with a note that says why."""
    try:
        return _METHODS[judging.plan.method](pair, judging)
    except NotEnoughData as reason:
        return _shown(pair).noted(note("not_enough_data", str(reason)))
    except InvalidData as reason:
        return Finding(notes=(note("invalid_data", f"Nothing can be computed from these data: {reason}."),))


def judge_once(pair: Pair, judging: Judging) -> Finding:
    """The same without a memory, as points over time and parts of the units are shown; plain where looks count."""
    plan = judging.plan
    method = "fixed" if plan.method == "group_sequential" else plan.method
    return judge(pair, replace(judging, plan=replace(plan, method=method), before=NOTHING))


def _always_valid(pair: Pair, judging: Judging) -> Finding:
    if pair.progress.expected < BURN_IN:
        return _burning_in(pair, judging)
    before = judging.before
    estimate = _estimate(pair)
    seen = always_valid(
        estimate,
        pair.progress,
        planned_units=judging.planned_units,
        confidence=judging.confidence,
        least_p=before.p_value or 1.0,
    )
    reach = (seen.interval.high - seen.interval.low) / (2 * estimate.standard_error)
    lift = _lift(pair.control, pair.treatment, reach)
    found = Finding(estimate.value, seen.interval, lift, seen.p_value)
    narrowed = _both(seen.interval, before.interval)
    if narrowed is not None:
        difference_within = _within(estimate.value, narrowed)
        return replace(found, difference=difference_within, interval=narrowed, lift=_narrowed(lift, before.lift))
    drifted = "This look and earlier ones contradict each other: the effect may have changed over time."
    return found.noted(note("drifted", f"{drifted} The interval is that of this look alone."))


def _burning_in(pair: Pair, judging: Judging) -> Finding:
    """What was shown before stays shown: later data may lower the rate that the burn-in is counted by."""
    told = f"Too early: the smaller arm expects {whole(pair.progress.expected)} units that count, of {BURN_IN} needed."
    return judging.before.noted(note("burn_in", f"{told} Nothing is said before, because it would too often be wrong."))


def _fixed(pair: Pair, judging: Judging) -> Finding:
    if pair.conversions is not None:
        seen = compare_conversions(*pair.conversions, judging.confidence)
    else:
        seen = compare(pair.control, pair.treatment, judging.confidence)
    return Finding(seen.estimate.value, seen.interval, seen.lift, seen.p_value)


def _planned_looks(pair: Pair, judging: Judging) -> Finding:
    looks = judging.looks
    if looks is None:
        told = "A group sequential plan needs a number of planned units: without it nobody knows which look this is."
        return _shown(pair).noted(note("no_planned_units", told))
    if not looks.fractions:
        told = f"The first of {looks.planned} looks is at {percent(1 / looks.planned)} of the planned units."
        return Finding(notes=(note("before_first_look", told),))
    if not looks.is_new:
        told = f"As found at look {looks.number} of {looks.planned}; nothing is judged between looks."
        return judging.before.noted(note("between_looks", told))
    estimate = _estimate(pair)
    seen = look(estimate, looks.fractions, confidence=judging.confidence, shape=judging.plan.spending)
    return Finding(estimate.value, seen.interval, _lift(pair.control, pair.treatment, seen.bound), seen.p_value)


def _bayesian(pair: Pair, judging: Judging) -> Finding:
    """Difference and lift are those believed after the data, which the prior pulls towards none."""
    found = conviction(pair, prior_deviation=judging.plan.prior_deviation, better=judging.better)
    interval = credible_interval(found.belief, judging.confidence)
    relative = Interval(interval.low / found.scale, interval.high / found.scale)
    return Finding(found.belief.mean, interval, Lift(found.belief.mean / found.scale, relative))


_METHODS: dict[str, Callable[[Pair, Judging], Finding]] = {
    "sequential": _always_valid,
    "fixed": _fixed,
    "group_sequential": _planned_looks,
    "bayesian": _bayesian,
}


def _estimate(pair: Pair) -> Estimate:
    """Where all of one arm and none of the other converted, rates vary nowhere and are far apart all the same."""
    try:
        return difference(pair.control, pair.treatment)
    except NotEnoughData:
        if pair.conversions is None or pair.control.mean == pair.treatment.mean:
            raise
        return score_estimate(*pair.conversions)


def _shown(pair: Pair) -> Finding:
    """The difference alone."""
    return Finding(pair.treatment.mean - pair.control.mean)


def _lift(control: Arm, treatment: Arm, reach: float) -> Lift | None:
    try:
        return lift_within(control, treatment, reach)
    except (NotEnoughData, InvalidData):
        return None


def _narrowed(lift: Lift | None, before: Lift | None) -> Lift | None:
    if lift is None or before is None:
        return lift
    interval = _both(lift.interval, before.interval) or lift.interval
    return Lift(_within(lift.value, interval), interval)


def _within(value: float, interval: Interval) -> float:
    """The nearest that looks so far allow."""
    return min(max(value, interval.low), interval.high)


def _both(seen: Interval, before: Interval | None) -> Interval | None:
    """Where both intervals say the truth is; None where they have nothing in common."""
    if before is None:
        return seen
    low, high = max(seen.low, before.low), min(seen.high, before.high)
    return Interval(low, high) if low <= high else None
