"""The API addresses of what is published and how it is used, without their prefix."""

from django.urls import URLPattern, path

from evaluation import api, usage_api

api_urlpatterns: list[URLPattern] = [
    path("environments/<str:environment>/revisions", api.RevisionsView.as_view(), name="api-revisions"),
    path("environments/<str:environment>/revisions/<str:number>", api.RevisionView.as_view(), name="api-revision"),
    path("environments/<str:environment>/revisions/<str:number>/diff", api.RevisionDiffView.as_view()),
    path("experiments/<str:key>/publish", api.PublishView.as_view(), name="api-publish"),
    path("experiments/<str:key>/usage", usage_api.ExperimentUsageView.as_view(), name="api-experiment-usage"),
    path("flags/<str:key>/usage", usage_api.FlagUsageView.as_view(), name="api-flag-usage"),
    path("usage", usage_api.UsageView.as_view(), name="api-usage"),
    path("usage/unknown", usage_api.UnknownFlagsView.as_view(), name="api-usage-unknown"),
]
