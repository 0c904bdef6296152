"""Who takes part in an experiment, as the pages tell it: what has to hold, each in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from experiments.models import Experiment, Holdout
from experiments.pages.participation_forms import share_of_layer
from flags.rule_wording import lead
from flags.targeting import ToldRule
from flags.wording import percent


@dataclass(frozen=True, slots=True)
class Participation:
    """`rules` are alternatives; `layer` and `holdouts` are sentences, `layer` is empty where there is none."""

    rules: Sequence[ToldRule]
    layer: str
    holdouts: Sequence[str]


def participation_of(experiment: Experiment, holdouts: Iterable[Holdout]) -> Participation:
    layer = experiment.layer
    return Participation(
        rules=[
            ToldRule(rule["id"], rule.get("name", ""), f"{lead(rule)}.", False) for rule in experiment.targeting_rules
        ],
        layer=f"{percent(share_of_layer(experiment))} of layer {layer.key}." if layer else "",
        holdouts=[f"{percent(each.percentage)} of all users are held out by {each.key}." for each in holdouts],
    )
