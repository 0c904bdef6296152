"""The API addresses of experiments, layers and holdouts, without their prefix."""

from django.urls import URLPattern, path

from experiments import api, group_api, question_api, variant_api

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
    path("layers", group_api.LayersView.as_view(), name="api-layers"),
    path("layers/<str:key>", group_api.LayerView.as_view(), name="api-layer"),
    path("holdouts", group_api.HoldoutsView.as_view(), name="api-holdouts"),
    path("holdouts/<str:key>", group_api.HoldoutView.as_view(), name="api-holdout"),
]
