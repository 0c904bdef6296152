"""How long evaluations take at a steady pace: `python -m benchmarks.asking PORT KEY SECONDS`, in a process of its own.

A process that also posts events would measure its own waiting.
"""

import http.client
import json
import subprocess
import sys
import time

from tests.servers import ROOT

PATH = "/evaluate/checkout?environment_key=staging&user_id=user-{}"
EVERY = 0.005  # seconds


def begin(port: int, key: str, seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.asking", str(port), key, str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> list[float]:
    """Seconds of each answer."""
    out, _ = process.communicate(timeout=900)
    assert process.returncode == 0
    found: list[float] = json.loads(out)
    return found


def ask(port: int, key: str, seconds: float) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    found: list[float] = []
    due = began = time.perf_counter()
    while due < began + seconds:
        time.sleep(max(0.0, due - time.perf_counter()))
        asked = time.perf_counter()
        connection.request("GET", PATH.format(len(found)), headers={"X-API-Key": key})
        response = connection.getresponse()
        response.read()
        assert response.status == http.HTTPStatus.OK, response.status
        found.append(time.perf_counter() - asked)
        due += EVERY
    return found


if __name__ == "__main__":
    print(json.dumps(ask(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
