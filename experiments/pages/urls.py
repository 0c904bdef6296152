"""The addresses of the pages of experiments, layers, holdouts and metrics, below /dashboard/."""

from django.urls import URLPattern, path

from experiments.pages.views import (
    allocating,
    comparing,
    concluding,
    deleting,
    explaining,
    holdouts,
    layers,
    listing,
    making,
    measuring,
    metric_retiring,
    metrics,
    moving,
    results,
    saving,
    showing,
)

page_urlpatterns: list[URLPattern] = [
    path("experiments", listing.experiment_list, name="experiment-list"),
    path("experiments/new", making.experiment_new, name="experiment-new"),
    path("experiments/<str:key>", showing.experiment_detail, name="experiment-detail"),
    path("experiments/<str:key>/move", moving.experiment_move, name="experiment-move"),
    path("experiments/<str:key>/conclude", concluding.experiment_conclude, name="experiment-conclude"),
    path("experiments/<str:key>/variants", comparing.experiment_variants, name="experiment-variants"),
    path("experiments/<str:key>/shares", allocating.experiment_shares, name="experiment-shares"),
    path("experiments/<str:key>/ranges", allocating.experiment_ranges, name="experiment-ranges"),
    path("experiments/<str:key>/participation", saving.experiment_participation, name="experiment-participation"),
    path("experiments/<str:key>/rules/new", saving.experiment_rule_new, name="experiment-rule-new"),
    path("experiments/<str:key>/rules/order", saving.experiment_rule_order, name="experiment-rule-order"),
    path("experiments/<str:key>/definition", saving.experiment_definition, name="experiment-definition"),
    path("experiments/<str:key>/why", explaining.experiment_why, name="experiment-why"),
    path("experiments/<str:key>/results", results.experiment_results, name="experiment-results"),
    path(
        "experiments/<str:key>/results/refresh", results.experiment_results_refresh, name="experiment-results-refresh"
    ),
    path(
        "experiments/<str:key>/results/progress",
        results.experiment_results_progress,
        name="experiment-results-progress",
    ),
    path("experiments/<str:key>/delete", deleting.experiment_delete, name="experiment-delete"),
    path("experiments/<str:key>/metrics", measuring.experiment_metrics, name="experiment-metrics"),
    path("experiments/<str:key>/plan", measuring.experiment_plan, name="experiment-plan"),
    path("metrics", metrics.metric_list, name="metric-list"),
    path("metrics/new", metrics.metric_new, name="metric-new"),
    path("metrics/<str:key>", metrics.metric_detail, name="metric-detail"),
    path("metrics/<str:key>/archive", metric_retiring.metric_archive, name="metric-archive"),
    path("metrics/<str:key>/delete", metric_retiring.metric_delete, name="metric-delete"),
    path("layers", layers.layer_list, name="layer-list"),
    path("layers/new", layers.layer_new, name="layer-new"),
    path("layers/<str:key>", layers.layer_detail, name="layer-detail"),
    path("layers/<str:key>/delete", layers.layer_delete, name="layer-delete"),
    path("holdouts", holdouts.holdout_list, name="holdout-list"),
    path("holdouts/new", holdouts.holdout_new, name="holdout-new"),
    path("holdouts/<str:key>", holdouts.holdout_detail, name="holdout-detail"),
    path("holdouts/<str:key>/delete", holdouts.holdout_delete, name="holdout-delete"),
]
