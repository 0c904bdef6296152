"""Experiments as Django sees it: those that run on a flag are a part of that flag's document."""

from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "experiments"

    def ready(self) -> None:
        from experiments.documents import rules_on_flags
        from flags.documents import ask_for_experiments

        ask_for_experiments(rules_on_flags)
