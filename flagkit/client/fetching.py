"""How a client gets the configuration that its server has now: nothing, what changed, or everything."""

import base64
import hashlib
import http

from flagkit.client.configuration import BadConfiguration, Configuration, from_body
from flagkit.client.transport import Answer, Transport


def fetch(transport: Transport, standing: Configuration | None) -> Configuration:
    """The server's configuration; `standing` itself where that is it. Raises Unreachable, Refused, BadConfiguration.

    Changes that cannot be had, or that do not fit what stands here, are made up for by the snapshot.
    """
    if standing is not None and standing.tag:
        try:
            return _changed(transport, standing)
        except BadConfiguration:
            standing = None
    return _whole(transport, standing)


def _changed(transport: Transport, standing: Configuration) -> Configuration:
    answer = transport.get("changes", tag=standing.tag, after=standing.revision)
    if answer.status == http.HTTPStatus.NOT_MODIFIED:
        return standing
    if answer.status == http.HTTPStatus.GONE:
        raise BadConfiguration("the server does not remember that far back")
    return standing.advanced(_verified(answer), answer.headers.get("etag", ""))


def _whole(transport: Transport, standing: Configuration | None) -> Configuration:
    answer = transport.get("snapshot", tag=standing.tag if standing else "")
    if answer.status == http.HTTPStatus.NOT_MODIFIED and standing is not None:
        return standing
    return from_body(_verified(answer), answer.headers.get("etag", ""))


def _verified(answer: Answer) -> bytes:
    """The body if it is what the server wrote. Raises BadConfiguration."""
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(answer.body).digest()).decode()}:"
    if answer.headers.get("content-digest") != digest:
        raise BadConfiguration("the body does not have the digest that came with it")
    return answer.body
