"""The API addresses of flags and audiences, without their prefix."""

from django.urls import URLPattern, path

from flags import api, audience_api, importing_api, question_api

api_urlpatterns: list[URLPattern] = [
    path("flags", api.FlagsView.as_view(), name="api-flags"),
    path("flags/<str:key>", api.FlagView.as_view(), name="api-flag"),
    path("flags/<str:key>/archive", api.FlagArchiveView.as_view(), name="api-flag-archive"),
    path("flags/<str:key>/restore", api.FlagRestoreView.as_view(), name="api-flag-restore"),
    path("flags/<str:key>/environments/<str:name>", api.FlagConfigView.as_view(), name="api-flag-config"),
    path("flags/<str:key>/environments/<str:name>/preview", question_api.PreviewView.as_view()),
    path("flags/<str:key>/explain", question_api.ExplainView.as_view()),
    path("audiences", audience_api.AudiencesView.as_view(), name="api-audiences"),
    path("audiences/<str:key>", audience_api.AudienceView.as_view(), name="api-audience"),
    path("import/unleash", importing_api.UnleashImportView.as_view(), name="api-import-unleash"),
]
