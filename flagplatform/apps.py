"""The whole, put together."""

from django.apps import AppConfig


class FlagplatformConfig(AppConfig):
    name = "flagplatform"
