"""What wrk measures at one address, and how much processor time the server took for it.

The latter is the steadier one on a shared machine: what others take from the processor slows requests down, but is not
counted as the server's.
"""

import contextlib
import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """Requests a second, latency in milliseconds, microseconds of processor time for each request."""

    rate: float
    p50: float
    p99: float
    cpu: float


FEW, MANY = 1_000, 100_000  # users: those who come again soon, and more than any server remembers
_IN_TURN = """
local requests, at, body = {}, 0, wrk.body
init = function()
    for n = 1, USERS do
        local posted = body and body:gsub("USER", "user-" .. n)
        requests[n] = wrk.format(nil, (wrk.path:gsub("USER", "user-" .. n)), nil, posted)
    end
end
request = function() at = at % USERS + 1; return requests[at] end
"""


def measure(
    url: str, pid: int, *, connections: int, seconds: int, headers: dict[str, str], body: str = "", users: int = FEW
) -> Figures:
    """One run of wrk (Debian's package) with one thread against a server with this process and its children.

    With a body, which is ASCII, it posts. USER in address or body stands for each of so many users in turn.
    """
    lines = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if body:
            script.write(f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\n')
        if "USER" in url + body:
            script.write(_IN_TURN.replace("USERS", str(users)))
        script.flush()
        lines += ["-s", script.name]
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *lines, url]
        before = _cpu(pid)
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used = _cpu(pid) - before
    assert "Non-2xx" not in text, text
    requests = int(_found(r"(\d+) requests in", text))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", text))
    return Figures(rate, _milliseconds(text, "50%"), _milliseconds(text, "99%"), used / requests)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def _milliseconds(text: str, percentile: str) -> float:
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _cpu(pid: int) -> float:
    """Microseconds that the process and its children have run so far; threads that have ended are left out."""
    found = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):
            children = (task / "children").read_text().split()
            found += int((task / "schedstat").read_text().split()[0]) / 1000 + sum(
                _cpu(int(child)) for child in children
            )
    return found
