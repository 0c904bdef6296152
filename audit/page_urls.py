"""The addresses of the pages of audit, below /dashboard/."""

from django.urls import URLPattern

page_urlpatterns: list[URLPattern] = []
