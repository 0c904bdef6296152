"""Whether a metric that must not suffer is unharmed: non-inferiority within a margin.

A guardrail is a hurdle and not a chance to win, so it is judged at alpha without adjusting for how many there are
(Schultzberg, Ankargren and Frånberg, Spotify, 2024).
"""

from dataclasses import dataclass
from typing import Literal

from experiments.stats.errors import require_positive, require_share
from experiments.stats.estimates import Estimate
from experiments.stats.inference import p_value

Verdict = Literal["holds", "harmed", "open"]


@dataclass(frozen=True, slots=True)
class Guardrail:
    """`p_value` is the chance of data this good if the metric had suffered by the whole margin.

    `holds`: it suffered by less than the margin; `harmed`: by more; `open`: the data allow both.
    """

    verdict: Verdict
    p_value: float


def judge_guardrail(
    estimate: Estimate, *, margin: float, lower_is_better: bool = False, alpha: float = 0.05
) -> Guardrail:
    """One-sided against the null that moved by `margin` (in the metric's unit, above 0) to the worse side."""
    require_positive(margin=margin)
    require_share(alpha=alpha)
    null = margin if lower_is_better else -margin
    unharmed = p_value(estimate, null=null, side="less" if lower_is_better else "greater")
    harmed = p_value(estimate, null=null, side="greater" if lower_is_better else "less")
    verdict: Verdict = "holds" if unharmed < alpha else "harmed" if harmed < alpha else "open"
    return Guardrail(verdict, unharmed)
