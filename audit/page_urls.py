"""The addresses of the pages of audit, below /dashboard/."""

from django.urls import URLPattern, path

from audit.views import audit_trail

page_urlpatterns: list[URLPattern] = [path("audit", audit_trail, name="audit-trail")]
