"""The server process: decisions and health from memory, everything else by Django behind threads."""

import asyncio
import os

from django.core.wsgi import get_wsgi_application

from evaluation.doors.asgi import DecisionDoors, Receive, Scope, Send, send_reply

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
_django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django is set up only now

from evaluation import serving  # noqa: E402
from flagplatform import health  # noqa: E402
from flagplatform.bridge import DjangoBridge  # noqa: E402

_bridge = DjangoBridge(_django, threads=settings.DJANGO_THREADS, max_body=settings.MAX_BODY_BYTES)
_doors = DecisionDoors(serving.store)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """`uvicorn flagplatform.asgi:application`."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    if _doors.opens(path):
        await _doors(scope, receive, send)
    elif path.rstrip("/") in health.PATHS and scope["method"] in ("GET", "HEAD"):
        await send_reply(health.reply(path.rstrip("/"), serving.store), scope, send)
    else:
        await _bridge(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Follow what is published from before the first request until after the last."""
    loop = asyncio.get_running_loop()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await loop.run_in_executor(None, serving.start)
            await send({"type": "lifespan.startup.complete"})
        else:
            await loop.run_in_executor(None, serving.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return
