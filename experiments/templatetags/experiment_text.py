"""Template tags about experiments, layers, holdouts and metrics: their addresses, and what people read of them."""

from typing import Any

from django import template

from experiments.metrics.queries import StandingPlan
from experiments.metrics.wording import definition_words
from experiments.metrics.wording import plan_words as told_plan
from experiments.models import Experiment, Holdout, Layer, Metric
from experiments.pages.addresses import experiment_address, holdout_address, layer_address, metric_address
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


@register.simple_tag
def metric_url(metric: Metric, page: str = "metric-detail", **query: Any) -> str:
    """`{% metric_url metric 'metric-delete' %}`"""
    return metric_address(metric, page, **query)


@register.filter
def definition(metric: Metric) -> str:
    """`{{ metric|definition }}`: what the metric is, in words."""
    return definition_words(metric)


@register.filter
def percent(share: float) -> str:
    """`{{ metric.margin|percent }}`: 0.02 as 2."""
    return f"{share * 100:.6g}"


@register.filter
def grouped(number: int) -> str:
    """`{{ size.units|grouped }}`: 12,345."""
    return f"{number:,}"


@register.filter
def plan_words(plan: StandingPlan) -> str:
    """`{{ plan|plan_words }}`: how an experiment is judged, in a sentence."""
    return told_plan(plan)


@register.filter
def json_text(value: Any) -> str:
    """`{{ variant.payload|json_text }}`"""
    return written(value)
