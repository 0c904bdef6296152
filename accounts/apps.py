"""Accounts as Django sees it: it listens from the moment the applications are ready."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import sessions

        sessions.listen()
