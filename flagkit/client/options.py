"""How a client follows its server, and how it sends it events; times are in seconds."""

import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`poll` applies while no stream is open; with one, every tenth poll is made all the same.

    `timeout` is for one request as a whole, `silence` for a stream without any byte (the server sends one every 15),
    `refused` for asking again after the key was refused.

    Up to `events_kept` events wait for the server, further ones are dropped. They are sent in batches of at most
    `events_batch`, and at the latest `events_every` seconds after the first; `close` and the end of the program wait
    for them for `events_patience` seconds.
    """

    streaming: bool = True
    poll: float = 30.0
    timeout: float = 10.0
    silence: float = 40.0
    refused: float = 60.0
    longest_backoff: float = 30.0
    events_kept: int = 10_000
    events_batch: int = 500
    events_every: float = 2.0
    events_patience: float = 5.0
    ssl_context: ssl.SSLContext | None = None
