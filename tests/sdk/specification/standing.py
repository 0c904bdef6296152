"""Providers in every state that the scenarios name, each brought about as it comes about in life."""

from collections.abc import Callable
from contextlib import ExitStack, suppress

from openfeature import api
from openfeature.exception import OpenFeatureError
from openfeature.provider import ProviderStatus

from flagkit.client import Client
from flagkit.openfeature import Provider
from tests.sdk.snapshots import QUICK, Snapshots
from tests.sdk.specification.documents import documents
from tests.servers import wait_for

NOBODY_LISTENS = "http://127.0.0.1:9"


def stable(_: ExitStack) -> None:
    api.set_provider_and_wait(Provider(Client.from_documents(documents())))


def not_ready(_: ExitStack) -> None:
    """Nobody has waited long enough yet."""
    api.set_provider(Provider(Client(NOBODY_LISTENS, "key", "staging", options=QUICK), timeout=60))


def error(_: ExitStack) -> None:
    _set(Provider(Client(NOBODY_LISTENS, "key", "staging", options=QUICK), timeout=0.1))


def fatal(stack: ExitStack) -> None:
    server = stack.enter_context(Snapshots(documents(), status=401))
    _set(Provider(Client(server.url, "key", "staging", options=QUICK), timeout=15))


def stale(stack: ExitStack) -> None:
    server = stack.enter_context(Snapshots(documents()))
    _set(Provider(Client(server.url, "key", "staging", options=QUICK), timeout=15))
    server.status = 503
    wait_for(lambda: api.get_client().get_provider_status() is ProviderStatus.STALE, seconds=15)


STANDING: dict[str, Callable[[ExitStack], None]] = {
    "stable": stable,
    "not ready": not_ready,
    "error": error,
    "fatal": fatal,
    "stale": stale,
}


def _set(provider: Provider) -> None:
    """Set the provider and wait for it; how that ended is told by its status."""
    with suppress(OpenFeatureError):
        api.set_provider_and_wait(provider)
