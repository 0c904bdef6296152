"""The API addresses of flags, without their prefix."""

from django.urls import URLPattern

api_urlpatterns: list[URLPattern] = []
