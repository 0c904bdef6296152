"""How a client follows its server; every number is in seconds."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`poll` applies while no stream is open; with one, every tenth poll is made all the same.

    `timeout` is for one request as a whole, `silence` for a stream without any byte (the server sends one every 15),
    `refused` for asking again after the key was refused.
    """

    streaming: bool = True
    poll: float = 30.0
    timeout: float = 10.0
    silence: float = 40.0
    refused: float = 60.0
    longest_backoff: float = 30.0
    ssl_context: ssl.SSLContext | None = None
