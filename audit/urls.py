"""The API addresses of audit, without their prefix."""

from django.urls import URLPattern, path

from audit import api

api_urlpatterns: list[URLPattern] = [
    path("audit", api.RecentView.as_view(), name="api-audit"),
    path("audit/flag/<str:key>", api.FlagHistoryView.as_view(), name="api-audit-flag"),
]
