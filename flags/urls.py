"""The API addresses of flags, without their prefix."""

from django.urls import URLPattern, path

from flags import api

api_urlpatterns: list[URLPattern] = [
    path("flags", api.FlagsView.as_view(), name="api-flags"),
    path("flags/<str:key>", api.FlagView.as_view(), name="api-flag"),
    path("flags/<str:key>/archive", api.FlagArchiveView.as_view(), name="api-flag-archive"),
    path("flags/<str:key>/restore", api.FlagRestoreView.as_view(), name="api-flag-restore"),
    path("flags/<str:key>/environments/<str:name>", api.FlagConfigView.as_view(), name="api-flag-config"),
]
