"""Experiments as Django sees it; its rows come with the experiments themselves."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "experiments"
