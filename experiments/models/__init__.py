"""The rows of experiments: what is asked, what is measured, what happened, what came out."""

from experiments.models.events import Event, EventPart
from experiments.models.experiments import Allocation, Experiment, Holdout, Layer, Variant
from experiments.models.metrics import AnalysisPlan, ExperimentMetric, Metric
from experiments.models.reports import AnalysisJob, Report

__all__ = [
    "Allocation",
    "AnalysisJob",
    "AnalysisPlan",
    "Event",
    "EventPart",
    "Experiment",
    "ExperimentMetric",
    "Holdout",
    "Layer",
    "Metric",
    "Report",
    "Variant",
]
