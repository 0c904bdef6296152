"""What a report comes to, in one sentence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from experiments.results.asked import Asked, AskedMetric, AskedVariant
from experiments.results.figures import joined, percent, whole
from experiments.results.verdict_words import apart, interval_words, truth
from experiments.results.warning_words import is_before_end

Document = Mapping[str, Any]
Verdict = dict[str, Any]


def verdict_of(document: Document, asked: Asked) -> Verdict:
    """`{"state", "variant", "sentence"}`. The first goal decides; a mismatch or a harmed guardrail comes before it."""
    return next(found for ask in _ASKED_IN_TURN for found in ask(document, asked))


def _no_data(document: Document, asked: Asked) -> Iterator[Verdict]:
    if not document["units"]["total"]:
        yield _said("no_data", "No data yet: nobody was exposed to a variant.")


def _mismatch(document: Document, asked: Asked) -> Iterator[Verdict]:
    if document["balance"]["mismatched"]:
        units = document["balance"]["units"]
        seen = [f"{whole(units.get(variant.key, 0))} units in {variant.called}" for variant in asked.variants]
        told = f"No result can be trusted: {joined(seen)} are not the split that was planned."
        yield _said("mismatch", told)


def _nothing_to_judge(document: Document, asked: Asked) -> Iterator[Verdict]:
    if not asked.treatments:
        yield _said("no_data", "There is one variant alone, so nothing can be compared.")
    elif not asked.goals:
        yield _said("no_data", "No goal is attached, so nothing decides.")


def _winner(document: Document, asked: Asked) -> Iterator[Verdict]:
    metric = asked.goals[0]
    harmed = {variant.key for variant, _, _ in _harmed(document, asked)}
    better = [
        (variant, entry)
        for variant, entry in _judged(document, metric, asked)
        if entry["is_significant"] and _sign(entry, metric) > 0 and variant.key not in harmed
    ]
    if not better or _is_peeked(document, asked):
        return
    variant, entry = max(better, key=lambda found: (_sign(found[1], metric), found[0].key))
    told = f"{variant.called} wins: {apart(entry, metric, asked.plan)}{_guardrails(document, variant)}."
    yield _said("winner", told, variant)


def _harm(document: Document, asked: Asked) -> Iterator[Verdict]:
    for variant, metric, entry in _harmed(document, asked):
        allowed = f", more than the {percent(metric.margin)} that is allowed" if metric.margin else ""
        told = f"{variant.called} harms a guardrail: {apart(entry, metric, asked.plan)}{allowed}."
        yield _said("guardrail_harmed", told, variant)


def _too_early(document: Document, asked: Asked) -> Iterator[Verdict]:
    if _is_peeked(document, asked):
        planned, total = asked.plan.planned_units or 0, document["units"]["total"]
        is_short = total < planned
        way = f"{whole(total)} of {whole(planned)} planned units" if is_short else "the planned days are not over"
        yield _said("too_early", f"Too early to say: {way}, and a fixed horizon is judged at its end.")
    entries = [entry for _, entry in _judged(document, asked.goals[0], asked)]
    if not entries or all(entry["interval"] is None for entry in entries):
        yield _said("too_early", f"Too early to say. {_reason(entries)}".strip())


def _loser(document: Document, asked: Asked) -> Iterator[Verdict]:
    metric = asked.goals[0]
    judged = list(_judged(document, metric, asked))
    if not all(entry["is_significant"] and _sign(entry, metric) < 0 for _, entry in judged):
        return
    variant, entry = min(judged, key=lambda found: (_sign(found[1], metric), found[0].key))
    first = (
        f"{variant.called} loses"
        if len(judged) == 1
        else f"All variants lose against {asked.control.called}, and {variant.called} most"
    )
    yield _said("loser", f"{first}: {apart(entry, metric, asked.plan)}. Keep {asked.control.called}.", variant)


def _equivalent(document: Document, asked: Asked) -> Iterator[Verdict]:
    metric = asked.goals[0]
    least = metric.minimum_effect
    lifts = [entry["lift"] for _, entry in _judged(document, metric, asked)]
    if not least or not all(lift and -least < lift["interval"][0] and lift["interval"][1] < least for lift in lifts):
        return
    names = joined([variant.called for variant in asked.variants])
    told = f"{names} are equivalent: {metric.called} differs by less than {percent(least)}"
    widest = max(lifts, key=lambda lift: lift["interval"][1] - lift["interval"][0])
    yield _said("equivalent", f"{told} ({interval_words(widest['interval'], asked.plan)}).")


def _undecided(document: Document, asked: Asked) -> Iterator[Verdict]:
    metric = asked.goals[0]
    judged = [(variant, entry) for variant, entry in _judged(document, metric, asked) if entry["interval"]]
    variant, entry = max(judged, key=lambda found: (_sign(found[1], metric), found[0].key))
    named = f" in {variant.called}" if len(asked.treatments) > 1 else ""
    told = f"No difference yet: {truth(entry, metric, asked.plan, named)}."
    yield _said("no_difference_yet", told + _uncorrected(entry, asked) + _rest(entry, metric))


_ASKED_IN_TURN: Sequence[Callable[[Document, Asked], Iterator[Verdict]]] = (
    _no_data,
    _mismatch,
    _nothing_to_judge,
    _winner,
    _harm,
    _too_early,
    _loser,
    _equivalent,
    _undecided,
)


def _said(state: str, sentence: str, variant: AskedVariant | None = None) -> Verdict:
    return {"state": state, "variant": variant and variant.key, "sentence": sentence}


def _judged(document: Document, metric: AskedMetric, asked: Asked) -> Iterator[tuple[AskedVariant, Document]]:
    variants = {variant.key: variant for variant in asked.treatments}
    for entry in _entries(document, metric):
        if entry["variant"] in variants:
            yield variants[entry["variant"]], entry


def _entries(document: Document, metric: AskedMetric) -> Sequence[Document]:
    return next((found["variants"] for found in document["metrics"] if found["metric"] == metric.key), ())


def _harmed(document: Document, asked: Asked) -> Iterator[tuple[AskedVariant, AskedMetric, Document]]:
    for metric in asked.metrics:
        for variant, entry in _judged(document, metric, asked):
            if (entry.get("guardrail") or {}).get("is_harmed") and not _is_peeked(document, asked):
                yield variant, metric, entry


def _guardrails(document: Document, variant: AskedVariant) -> str:
    found = [
        each.get("guardrail")
        for metric in document["metrics"]
        if metric["role"] == "guardrail"
        for each in metric["variants"]
        if each["variant"] == variant.key
    ]
    if not found:
        return ""
    safe = all(guardrail and guardrail["is_unharmed"] for guardrail in found)
    return ", and no guardrail is harmed" if safe else ", and no guardrail is shown to be harmed"


def _is_peeked(document: Document, asked: Asked) -> bool:
    return asked.plan.method == "fixed" and is_before_end(document["units"]["total"], asked)


def _sign(entry: Document, metric: AskedMetric) -> float:
    return (entry["difference"] or 0.0) * metric.better


def _reason(entries: Sequence[Document]) -> str:
    notes = [caution["sentence"] for entry in entries for caution in entry.get("cautions", ())]
    if not notes:
        return "No value of the goal was measured."
    told: str = notes[0].removeprefix("Too early: ")
    return told[0].upper() + told[1:]


def _uncorrected(entry: Document, asked: Asked) -> str:
    """Why an interval without zero may still be no difference."""
    low, high = entry["interval"]
    if low <= 0 <= high or entry["is_significant"]:
        return ""
    return f" It would count alone; among {asked.questions} comparisons, chance brings one like it too often."


def _rest(entry: Document, metric: AskedMetric) -> str:
    if not entry["days_left"] or not metric.minimum_effect:
        return ""
    days = entry["days_left"]
    return (
        f" To find {percent(metric.minimum_effect)}, about {whole(days)} more day{'s' if days > 1 else ''} are needed."
    )
