"""What all parts of one report share: what was asked, what was said before, and how fast units come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.results.asked import Asked, AskedMetric, AskedVariant
from experiments.results.findings import NOTHING, Finding, remembered
from experiments.results.looks import Looks
from experiments.results.methods import TUNED_FOR, Judging
from experiments.results.outlook import Pace
from experiments.stats.multiplicity import family_confidence

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """`earlier` is the document before, or None where it was made by another plan and says nothing here."""

    asked: Asked
    pace: Pace
    looks: Looks | None = None
    earlier: Document | None = None

    def judging(self, metric: AskedMetric, treatment: AskedVariant) -> Judging:
        """How this metric of this treatment is judged."""
        asked = self.asked
        weights = sum(variant.weight for variant in asked.variants)
        own = asked.control.weight + treatment.weight
        return Judging(
            plan=asked.plan,
            confidence=confidence_of(asked, metric),
            share=own / weights if weights > 0 and own > 0 else 1.0,
            better=metric.better,
            looks=self.looks,
            before=_before(self.earlier, metric, treatment),
        )


def parameters_of(asked: Asked) -> dict[str, Any]:
    """What the numbers depend on beside the data. Where they change, what was said before does not count."""
    plan = asked.plan
    return {
        "confidence": plan.confidence,
        "correction": plan.correction,
        "uses_past": plan.uses_past,
        "planned_units": plan.planned_units,
        "planned_days": plan.planned_days,
        "tuned_for": (plan.planned_units or TUNED_FOR) if plan.method == "sequential" else None,
        "looks": plan.looks if plan.method == "group_sequential" else None,
        "spending": plan.spending if plan.method == "group_sequential" else None,
        "prior_deviation": plan.prior_deviation,
        "questions": asked.questions,
        "weights": {variant.key: variant.weight for variant in asked.variants},
        "split_changed_at": asked.split_changed_at and asked.split_changed_at.isoformat(),
    }


def that_counts(earlier: Document | None, asked: Asked) -> Document | None:
    """The document before, where it was made of the same experiment by the same plan."""
    if not earlier:
        return None
    same = (
        earlier.get("parameters") == parameters_of(asked)
        and earlier.get("method") == asked.plan.method
        and earlier.get("begun_at") == asked.begun_at.isoformat()
    )
    return earlier if same else None


def confidence_of(asked: Asked, metric: AskedMetric) -> float:
    """Of each interval. Bonferroni widens those of goals so that all hold together; the other corrections have no
    intervals of their own, and theirs hold one by one. Guardrails are hurdles, not chances, and are not corrected."""
    plan = asked.plan
    if plan.method == "bayesian" or plan.correction != "bonferroni" or metric.role != "goal":
        return plan.confidence
    return family_confidence(plan.confidence, asked.questions)


def identity_of(metric: AskedMetric) -> dict[str, Any]:
    """What makes a metric the same one at another time, as documents have it."""
    return {
        "metric": metric.key,
        "name": metric.name,
        "role": metric.role,
        "kind": metric.kind,
        "direction": metric.direction,
        "minimum_effect": metric.minimum_effect,
        "window_hours": metric.window_hours,
        "quantile": metric.quantile,
        "definition": metric.definition,
    }


_MEANING = ("metric", "role", "kind", "window_hours", "quantile", "definition")


def _before(earlier: Document | None, metric: AskedMetric, treatment: AskedVariant) -> Finding:
    identity = identity_of(metric)
    for entry in (earlier or {}).get("metrics", ()):
        if all(entry.get(name) == identity[name] for name in _MEANING):
            return next((remembered(each) for each in entry["variants"] if each["variant"] == treatment.key), NOTHING)
    return NOTHING
