"""How fast a server acknowledges events: connections that post, each once the one before was answered."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, repeat

HEAD = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
ACCEPTED, BUSY = 202, (429, 503)
REST = 0.1  # seconds before what was pushed back is sent again
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Acknowledged:
    """What came back; latencies in seconds, `pushed_back` are requests that were told to come again."""

    size: int
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    pushed_back: int = 0

    @property
    def rate(self) -> float:
        """Events a second."""
        return len(self.latencies) * self.size / self.seconds


class Line:
    """One connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
        self._reader, self._writer = reader, writer
        self._head = HEAD.format(key=key).encode()

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._writer.write(b"%bContent-Length: %d\r\n\r\n%b" % (self._head, len(body), body))
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert length, head
        return int(head[9:12]), await self._reader.readexactly(int(length[1]))

    def close(self) -> None:
        self._writer.close()


async def connect(port: int, key: str) -> Line:
    return Line(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 22), key)


async def pour(
    port: int, key: str, bodies: Iterator[bytes], *, size: int, clients: int, seconds: float, rate: float = 0
) -> Acknowledged:
    """Post by so many clients for so long; no more than `rate` events a second, where one is given."""
    found = Acknowledged(size)
    began = time.perf_counter()
    due = count(began, size / rate) if rate else repeat(began)
    lines = [await connect(port, key) for _ in range(clients)]
    await asyncio.gather(*(_post_in_turn(line, bodies, due, began + seconds, found) for line in lines))
    found.seconds = time.perf_counter() - began
    return found


async def _post_in_turn(
    line: Line, bodies: Iterator[bytes], due: Iterator[float], until: float, found: Acknowledged
) -> None:
    while (at := next(due)) < until and time.perf_counter() < until:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        body = next(bodies)
        while True:
            sent = time.perf_counter()
            status, answer = await line.post(body)
            if status == ACCEPTED:
                break
            assert status in BUSY, (status, answer)
            found.pushed_back += 1
            await asyncio.sleep(REST)
        found.latencies.append(time.perf_counter() - sent)
        assert f'"accepted":{found.size},'.encode() in answer, answer[:500]
    line.close()
