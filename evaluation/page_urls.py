"""The addresses of the pages of what is published and how it is used, below /dashboard/."""

from django.urls import URLPattern, path

from evaluation import views
from evaluation.usage_page import experiment_usage, usage

page_urlpatterns: list[URLPattern] = [
    path("history", views.revision_list, name="revision-list"),
    path("history/compare", views.revision_compare, name="revision-compare"),
    path("history/<str:number>", views.revision_detail, name="revision-detail"),
    path("experiments/<str:key>/usage", experiment_usage, name="experiment-usage"),
    path("usage", usage, name="usage"),
]
