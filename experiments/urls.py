"""The API addresses of experiments, layers, holdouts and metrics, without their prefix."""

from django.urls import URLPattern, path

from experiments import api, group_api, question_api, variant_api
from experiments.metrics import api as metric_api
from experiments.metrics import use_api
from experiments.results import api as results_api

api_urlpatterns: list[URLPattern] = [
    path("experiments", api.ExperimentsView.as_view(), name="api-experiments"),
    path("experiments/<str:key>", api.ExperimentView.as_view(), name="api-experiment"),
    path("experiments/<str:key>/status", api.ExperimentStatusView.as_view()),
    path("experiments/<str:key>/conclude", api.ExperimentConcludeView.as_view()),
    path("experiments/<str:key>/variants", variant_api.VariantsView.as_view()),
    path("experiments/<str:key>/variants/bulk", variant_api.VariantsBulkView.as_view()),
    path("experiments/<str:key>/variants/<str:name>", variant_api.VariantView.as_view(), name="api-variant"),
    path("experiments/<str:key>/allocations", question_api.AllocationsView.as_view()),
    path("experiments/<str:key>/explain", question_api.ExperimentExplainView.as_view()),
    path("experiments/<str:key>/metrics", use_api.ExperimentMetricsView.as_view()),
    path(
        "experiments/<str:key>/metrics/<str:name>",
        use_api.ExperimentMetricView.as_view(),
        name="api-experiment-metric",
    ),
    path("experiments/<str:key>/plan", use_api.ExperimentPlanView.as_view()),
    path("metrics", metric_api.MetricsView.as_view(), name="api-metrics"),
    path("metrics/sample-size", metric_api.SampleSizeView.as_view()),
    path("metrics/<str:key>", metric_api.MetricView.as_view(), name="api-metric"),
    path("metrics/<str:key>/archive", metric_api.MetricArchiveView.as_view()),
    path("metrics/<str:key>/restore", metric_api.MetricRestoreView.as_view()),
    path("experiments/<str:key>/results", results_api.ResultsView.as_view(), name="api-results"),
    path("experiments/<str:key>/results/refresh", results_api.RefreshView.as_view()),
    path("experiments/<str:key>/reports", results_api.ReportsView.as_view()),
    path("layers", group_api.LayersView.as_view(), name="api-layers"),
    path("layers/<str:key>", group_api.LayerView.as_view(), name="api-layer"),
    path("holdouts", group_api.HoldoutsView.as_view(), name="api-holdouts"),
    path("holdouts/<str:key>", group_api.HoldoutView.as_view(), name="api-holdout"),
]
