"""An application beside which decisions are answered in the parser's callbacks, and which shows what reaches itself.

`tests.hooked:shows` answers whatever reaches it with what that was. `tests.hooked:answers` is the plain ASGI doors.
"""

import asyncio
import logging
from typing import Any

import orjson

from evaluation.doors import hooks
from evaluation.doors.asgi import DecisionDoors, Receive, Scope, Send, read_body, send_reply
from evaluation.doors.entrance import Entrance
from evaluation.doors.limits import Limits
from evaluation.doors.table import DOORS, Door
from evaluation.doors.wire import Reply, Request
from evaluation.store import Store
from evaluation.tests.asking import flag_document, known, snapshot_of

logger = logging.getLogger("uvicorn.error")  # what uvicorn prints
KEY = "fp_server_staging"
POURED = 50_000  # times a thousand bytes that "/pours" answers
SHOP, SHOP_KEY = "https://shop.example", "fp_client_shop"
FEW_KEY, PATIENT_KEY, FEW = "fp_server_few", "fp_server_patient", 2  # requests per minute
LARGE = 100_000  # bytes of the flag "large"
SHARE = {"rollout": {"salt": "pepper", "ranges": [[0, 30_000]], "variant": "on", "otherwise": "off"}}


class Confirmed(Store):
    """What it serves was confirmed just now, so that answers do not age while a test runs."""

    def unconfirmed_for(self) -> float:
        return 0.0


def _store() -> Store:
    texts = [{"key": "text", "value": "x" * LARGE}]
    large = flag_document("large", type="string", variants=texts, off_variant=None, serve={"variant": "text"})
    keys = {**known(KEY), **known(SHOP_KEY, "client", allowed_origins=(SHOP,)), **known(FEW_KEY, rate_limit=FEW)}
    keys |= known(PATIENT_KEY, rate_limit=FEW)
    store = Confirmed()
    store.replace(
        [
            snapshot_of(flag_document(), flag_document("share", serve=SHARE), large),
            snapshot_of(flag_document(client_visible=True), environment="closed", keys=keys, allows_keyless=False),
        ],
        confirmed=True,
    )
    return store


def _break(_: Request, __: Store) -> Reply:
    raise RuntimeError("this door is broken")


_served = _store()
_entrance = Entrance(_served, Limits(clock=lambda: 0.0))  # time stands still, so that what is left does not grow
_doors = DecisionDoors(_served, {**DOORS, "/broken": Door(_break, ("GET",))}, _entrance)


async def shows(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(scope, receive, send)
        return
    logger.info("asked for %s", scope["path"])
    if scope["path"] == "/pours":
        await _pour(send)
        return
    body = await read_body(scope, receive, 10_000_000)
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    shown: dict[str, Any] = {"by": "application", "path": scope["path"], "size": len(body or b"")}
    shown["headers"] = len(scope["headers"])
    await send_reply(Reply(200, orjson.dumps(shown)), scope, send)


async def _pour(send: Send) -> None:
    """More than any buffer holds, little by little."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(POURED):
        await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _live(scope, receive, send)
    elif _doors.opens(scope["path"]):
        await _doors(scope, receive, send)
    else:
        await send_reply(Reply(404, orjson.dumps({"by": "application"})), scope, send)


async def _live(scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "lifespan.startup":
        scope["state"][hooks.STATE] = _doors.doors
        await send({"type": "lifespan.startup.complete"})
    await send({"type": message["type"] + ".complete"})
