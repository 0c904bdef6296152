"""Evaluation as Django sees it: it publishes and announces from the moment the applications are ready."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self) -> None:
        from evaluation import made, publishing, serving

        publishing.listen()
        made.listen()
        serving.listen()
