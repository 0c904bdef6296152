"""Every address that Django answers: the API below /api/ and at the root, pages below /dashboard/, the admin."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

import accounts.page_urls
import accounts.urls
import audit.page_urls
import audit.urls
import evaluation.page_urls
import evaluation.urls
import experiments.pages.urls
import experiments.urls
import flags.page_urls
import flags.urls

admin.site.site_header = admin.site.site_title = "Flagplatform"

api = [
    *accounts.urls.api_urlpatterns,
    *flags.urls.api_urlpatterns,
    *experiments.urls.api_urlpatterns,
    *audit.urls.api_urlpatterns,
    *evaluation.urls.api_urlpatterns,
]
pages = [
    *accounts.page_urls.page_urlpatterns,
    *flags.page_urls.page_urlpatterns,
    *experiments.pages.urls.page_urlpatterns,
    *audit.page_urls.page_urlpatterns,
    *evaluation.page_urls.page_urlpatterns,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="flag-list"), name="home"),
    path("favicon.ico", RedirectView.as_view(url="/static/icon.svg")),
    path("admin/", admin.site.urls),
    path("dashboard", RedirectView.as_view(pattern_name="flag-list")),
    path("dashboard/", include(pages)),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="docs.html"), name="docs"),
    path("api/schema", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/", include(api)),
    path("", include((api, "root"))),
]

handler400 = "flagplatform.home.bad_request"
handler404 = "flagplatform.home.not_found"
handler500 = "flagplatform.home.server_error"
