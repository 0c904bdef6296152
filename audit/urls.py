"""The API addresses of audit, without their prefix."""

from django.urls import URLPattern

api_urlpatterns: list[URLPattern] = []
