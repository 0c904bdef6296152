"""The addresses of the pages of flags, below /dashboard/."""

from django.urls import URLPattern

page_urlpatterns: list[URLPattern] = []
