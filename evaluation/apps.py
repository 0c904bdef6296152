"""Evaluation as Django sees it: it publishes and announces from the moment the applications are ready."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        from evaluation import made, publishing, reported, serving
        from experiments.results.revisions import ask_for_revisions

        publishing.listen()
        made.listen()
        serving.listen()
        ask_for_revisions(reported.revisions_between)
