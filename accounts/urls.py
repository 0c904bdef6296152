"""The API addresses of accounts, without their prefix."""

from django.urls import URLPattern

api_urlpatterns: list[URLPattern] = []
