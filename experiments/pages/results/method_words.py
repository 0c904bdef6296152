"""How a report was computed, in words that a sceptic can check."""

from collections.abc import Mapping
from typing import Any

from experiments.results.figures import percent, whole

Document = Mapping[str, Any]

_METHODS = {
    "sequential": (
        "Always valid: intervals and p-values hold however often one looks. Nothing is said before the smaller arm "
        "expects 25 units that count."
    ),
    "fixed": "Fixed horizon: intervals and p-values hold for one look, at the planned end.",
    "group_sequential": "Group sequential: judged at planned looks, and repeated in between.",
    "bayesian": "Bayesian: credible intervals of what is believed after the data; the prior pulls effects to none.",
}
_CORRECTIONS = {
    "holm": "Holm",
    "benjamini-hochberg": "Benjamini and Hochberg",
    "bonferroni": "Bonferroni, intervals included",
    "none": "none",
}


def method_sentence(document: Document) -> str:
    return _METHODS[document["method"]]


def method_facts(document: Document) -> list[tuple[str, str]]:
    """Names and values for the foot of the page."""
    parameters, data = document["parameters"], document["data"]
    return [
        ("Confidence", percent(parameters["confidence"])),
        (
            "Correction",
            f"{_CORRECTIONS[parameters['correction']]}, over {parameters['questions']} comparisons of goals",
        ),
        ("Past taken out", "where there is one (CUPED)" if parameters["uses_past"] else "no"),
        ("Planned", _planned(parameters)),
        *_of_method(document, parameters),
        ("Prior", f"relative effects are normal around 0 with a deviation of {percent(parameters['prior_deviation'])}"),
        ("Events read", f"{whole(data['exposures'])} exposures, {whole(data['metric_events'])} metric events"),
        ("Revisions", f"{document['revisions']['from']} to {document['revisions']['to']}"),
        ("Data digest", data["digest"]),
    ]


def _planned(parameters: Document) -> str:
    told = []
    if parameters["planned_units"]:
        told.append(f"{whole(parameters['planned_units'])} units")
    if parameters["planned_days"]:
        told.append(f"{whole(parameters['planned_days'])} days")
    return ", ".join(told) or "no end"


def _of_method(document: Document, parameters: Document) -> list[tuple[str, str]]:
    if parameters["tuned_for"]:
        return [("Narrowest at", f"{whole(parameters['tuned_for'])} units")]
    looks = document["looks"]
    if not looks:
        return []
    taken = ", ".join(percent(fraction) for fraction in looks["fractions"]) or "none yet"
    spending = {"obrien-fleming": "O’Brien and Fleming", "pocock": "Pocock"}[parameters["spending"]]
    return [("Looks", f"{looks['number']} of {looks['planned']} ({spending}), at {taken} of the planned units")]
