"""The addresses of the pages of accounts, below /dashboard/."""

from django.urls import URLPattern

page_urlpatterns: list[URLPattern] = []
