"""Whether a metric that must not suffer is unharmed: non-inferiority within a margin.

A guardrail is a hurdle and not a chance to win, so it is judged at alpha without adjusting for how many there are
(Schultzberg, Ankargren and Frånberg, Spotify, 2024).
"""

import math
from dataclasses import dataclass
from typing import Literal

from experiments.stats.arms import Arm
from experiments.stats.errors import require_positive, require_share
from experiments.stats.estimates import Estimate, difference
from experiments.stats.inference import p_value

Verdict = Literal["holds", "harmed", "open"]


@dataclass(frozen=True, slots=True)
class Guardrail:
    """`p_value` is the chance of data this good if the metric had suffered by the whole margin.

    `holds`: it suffered by less than the margin; `harmed`: by more; `open`: the data allow both.
    """

    verdict: Verdict
    p_value: float


def beyond_margin(control: Arm, treatment: Arm, *, margin: float, lower_is_better: bool = False) -> Estimate:
    """How far the treatment lies above the worst value that is still allowed: `margin`, a share of control's value.

    T - k C with k = 1 -+ margin. Control's value is not known but measured, so its noise counts k² times: as if it were
    known, a margin of 50 % let 10 % of the harmed ones pass where 5 % were promised.
    """
    require_positive(margin=margin)
    worse = 1 if lower_is_better else -1
    k = 1 + worse * math.copysign(margin, control.mean)
    return difference(Arm(control.n, k * control.mean, k * k * control.variance), treatment)


def judge_guardrail(beyond: Estimate, *, lower_is_better: bool = False, alpha: float = 0.05) -> Guardrail:
    """One-sided, from what `beyond_margin` found."""
    require_share(alpha=alpha)
    unharmed = p_value(beyond, side="less" if lower_is_better else "greater")
    harmed = p_value(beyond, side="greater" if lower_is_better else "less")
    verdict: Verdict = "holds" if unharmed < alpha else "harmed" if harmed < alpha else "open"
    return Guardrail(verdict, unharmed)
