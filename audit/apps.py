"""Audit as Django sees it: it listens from the moment the applications are ready."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import recording

        recording.listen()
