"""What becomes of one batch of events at the server: counted item by item, to be sent again, or refused as a whole."""

import http
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flagkit.client.events.tally import Tally
from flagkit.client.transport import Answer, Refused, Transport, Unreachable, said, unreachable

_AGAIN = (http.HTTPStatus.REQUEST_TIMEOUT, http.HTTPStatus.TOO_EARLY, http.HTTPStatus.TOO_MANY_REQUESTS)
_STATUSES = ("accepted", "duplicate")


class TooLarge(Exception):
    """The batch has to be smaller."""


def deliver(transport: Transport, events: Sequence[bytes], tally: Tally) -> None:
    """Send a batch and count what it was answered. Raises Unreachable where it has to be sent again, as it is.

    Raises TooLarge, and Refused where sending it again will not change anything.
    """
    answer = transport.post("events", b'{"events":[' + b",".join(events) + b"]}")
    if answer.status == http.HTTPStatus.ACCEPTED:
        _count(_results(answer), len(events), tally)
        return
    if answer.status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(events) > 1:
        raise TooLarge(said(answer))
    if 400 <= answer.status < 500 and answer.status not in _AGAIN:
        raise Refused(said(answer))
    raise unreachable(answer)


def _results(answer: Answer) -> Sequence[Mapping[str, Any]]:
    """Raises Unreachable for an answer that is not the server's: who stands in between may say 202 as well."""
    try:
        found = json.loads(answer.body)["results"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreachable("the server's answer to events is not one") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Unreachable("the server's answer to events is not one")
    return found


def _count(results: Sequence[Mapping[str, Any]], number: int, tally: Tally) -> None:
    statuses = Counter(str(each.get("status")) for each in results)
    tally.add(sent=number, **{name: statuses[name] for name in _STATUSES if statuses[name]})
    for each in results:
        if each.get("status") == "rejected":
            tally.reject(str(each.get("code", "rejected"))[:100], str(each.get("message", "no reason given"))[:300])
