"""Template tags about experiments, layers and holdouts: their addresses, and payloads as people read them."""

from typing import Any

from django import template

from experiments.models import Experiment, Holdout, Layer
from experiments.pages.addresses import experiment_address, holdout_address, layer_address
from flags.json_text import written

register = template.Library()


@register.simple_tag
def experiment_url(experiment: Experiment, page: str = "experiment-detail", **query: Any) -> str:
    """`{% experiment_url experiment 'experiment-move' to='PAUSED' %}`"""
    return experiment_address(experiment, page, **query)


@register.simple_tag
def layer_url(layer: Layer, page: str = "layer-detail") -> str:
    """`{% layer_url layer 'layer-delete' %}`"""
    return layer_address(layer, page)


@register.simple_tag
def holdout_url(holdout: Holdout, page: str = "holdout-detail") -> str:
    """`{% holdout_url holdout 'holdout-delete' %}`"""
    return holdout_address(holdout, page)


@register.filter
def json_text(value: Any) -> str:
    """`{{ variant.payload|json_text }}`"""
    return written(value)
