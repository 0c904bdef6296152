"""The server process: decisions and health from memory, everything else by Django behind threads."""

import asyncio
import contextlib
import functools
import os
from collections.abc import Awaitable, Callable

import django

from accounts.client_address import TrustedProxies
from evaluation.doors import hooks
from evaluation.doors.asgi import ClientLeft, DecisionDoors, Receive, Scope, Send, send_reply
from evaluation.doors.delivery import DeliveryDoors
from evaluation.doors.entrance import Entrance
from evaluation.doors.limits import Limits
from evaluation.doors.table import DOORS, Door
from evaluation.doors.wire import refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django is set up only now
from django.core.wsgi import get_wsgi_application  # noqa: E402

from evaluation import persons, serving  # noqa: E402
from evaluation.doors.events import EventsDoor  # noqa: E402
from experiments.events.reception import Reception  # noqa: E402
from flagplatform import health, logs  # noqa: E402
from flagplatform.bridge import DjangoBridge  # noqa: E402
from flagplatform.files import allow_connections  # noqa: E402
from flagplatform.metrics_door import MetricsDoor  # noqa: E402
from flagplatform.stopping import when_told_to_stop  # noqa: E402

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
logs.keep_tokens_out()
_HEALTH = Door(health.answer, health.METHODS, is_decision=False)

_limits = Limits(
    per_key=settings.RATE_LIMIT_KEY,
    per_address=settings.RATE_LIMIT_ADDRESS,
    proxies=TrustedProxies(settings.TRUSTED_PROXIES),
)
_entrance = Entrance(serving.store, _limits)
_doors = DecisionDoors(serving.store, {**DOORS, **dict.fromkeys(health.PATHS, _HEALTH)}, _entrance)
_delivery = DeliveryDoors(serving.store, most=allow_connections(settings.MAX_STREAMS), entrance=_entrance)
_events = EventsDoor(serving.store, Reception(serving.intake), admit=persons.admit_once, entrance=_entrance)
_metrics = MetricsDoor(
    serving.store,
    token=settings.METRICS_TOKEN,
    most_flags=settings.METRICS_MAX_FLAGS,
    is_behind_proxy=settings.BEHIND_TLS,
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything: `uvicorn flagplatform.asgi:application --http evaluation.doors.hooks:DecisionProtocol`."""
    with contextlib.suppress(ClientLeft):
        await _serve(scope, receive, send, _django())


async def decision(scope: Scope, receive: Receive, send: Send) -> None:
    """Decisions, their delivery, events, health and metrics alone, so that they scale by themselves."""
    with contextlib.suppress(ClientLeft):
        await _serve(scope, receive, send, _nothing)


async def _serve(scope: Scope, receive: Receive, send: Send, rest: Application) -> None:
    if scope["type"] == "lifespan":
        await _live(scope, receive, send)
    elif scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
    elif _doors.opens(scope["path"]):
        await _doors(scope, receive, send)
    elif _delivery.opens(scope["path"]):
        await _delivery(scope, receive, send)
    elif _events.opens(scope["path"]):
        await _events(scope, receive, send)
    elif _metrics.opens(scope["path"]) and scope["method"] in ("GET", "HEAD"):
        loop = asyncio.get_running_loop()  # many flags take a while to write down, and decisions go on meanwhile
        await send_reply(await loop.run_in_executor(None, _metrics.reply, scope), scope, send)
    else:
        await rest(scope, receive, send)


@functools.cache
def _django() -> DjangoBridge:
    """Made when the server starts, and not where it serves decisions alone."""
    return DjangoBridge(get_wsgi_application(), threads=settings.DJANGO_THREADS, max_body=settings.MAX_BODY_BYTES)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    message = "This process answers decisions alone; ask the whole application for everything else."
    await send_reply(refusal(404, "not_found", message), scope, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    """Follow what is published from before the first request until after the last."""
    loop = asyncio.get_running_loop()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await loop.run_in_executor(None, serving.start)
            _delivery.open()
            _limits.sharing.open()
            when_told_to_stop(_delivery.close_soon)
            scope.get("state", {})[hooks.STATE] = _doors.doors
            await send({"type": "lifespan.startup.complete"})
        else:
            _delivery.close()
            await _limits.sharing.close()
            await loop.run_in_executor(None, serving.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
