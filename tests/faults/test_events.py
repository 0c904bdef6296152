"""What was acknowledged is there, once: whatever is killed, stopped or slow meanwhile."""

import json
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from tests.faults.place import Place
from tests.servers import Installation, Server, wait_for

pytestmark = pytest.mark.server

EVENTS, BATCH, CLIENTS, KILLS = 20_000, 100, 8, 3
PREPARE = """
from accounts.api_keys import issue_key
from accounts.models import Environment, Project, User
from experiments.models import Metric
Metric.objects.create(project=Project.objects.get(), key="sales", kind="mean", event="purchase")
alice = User.objects.get()
staging = Environment.objects.get(key="staging")
print(issue_key(staging, kind="server", name="tests", by=alice)[1])
"""
STORED = """
import json
from experiments.models import Event
print(json.dumps(list(Event.objects.values_list("event_id", flat=True))))
"""


class Sender:
    """Sends events until each is acknowledged; what is not is sent again with the same ids."""

    def __init__(self, server: Server, key: str) -> None:
        self.server, self._key = server, key
        self.acknowledged: list[str] = []
        self.refusals: set[int] = set()
        self.patience = 10.0  # seconds

    def send(self, count: int) -> None:
        batches = [[f"{start}-{at}" for at in range(BATCH)] for start in range(0, count, BATCH)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._insist, batches))

    def _insist(self, ids: list[str]) -> None:
        deadline = time.monotonic() + 60
        while not self.try_once(ids):
            assert time.monotonic() < deadline, "not acknowledged"
            time.sleep(random.uniform(0.02, 0.1))

    def try_once(self, ids: list[str]) -> bool:
        events = [
            {"type": "metric", "name": "purchase", "user_key": each, "value": 1, "event_id": each} for each in ids
        ]
        try:
            answer = requests.post(
                f"{self.server.url}/api/events", json=events, headers={"X-API-Key": self._key}, timeout=self.patience
            )
        except requests.RequestException:
            return False
        if answer.status_code != 202:
            self.refusals.add(answer.status_code)
            return False
        assert answer.json()["rejected"] == 0, answer.text
        self.acknowledged += ids
        return True


def stored(installation: Installation) -> list[str]:
    found: list[str] = json.loads(installation.manage("shell", "-v", "0", "-c", STORED))
    return found


def assert_all_once(installation: Installation, sender: Sender) -> None:
    found = stored(installation)
    assert len(found) == len(set(found))
    assert set(found) == set(sender.acknowledged)


def kill_one_after_the_other(servers: list[Server], sender: Sender) -> None:
    """`kill -9` at each quarter of the way, in the middle of what is in flight; the clients go on to the next one."""
    for part, (killed, following) in enumerate(pairwise(servers), start=1):
        wait_for(lambda part=part: len(sender.acknowledged) > part * EVENTS / len(servers), seconds=60, every=0.001)  # type: ignore[misc]
        killed.process.kill()
        sender.server = following


def assert_kills_lose_nothing(servers: list[Server], installation: Installation, key: str) -> Sender:
    sender = Sender(servers[0], key)
    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_one_after_the_other, servers, sender)
        sender.send(EVENTS)
        killing.result()
    assert_all_once(installation, sender)
    return sender


def test_kill_9_loses_and_doubles_nothing_on_sqlite(tmp_path: Path) -> None:
    installation = Installation(tmp_path).prepare()
    key = installation.manage("shell", "-v", "0", "-c", PREPARE).strip()
    servers = [installation.serve(f"server-{at}") for at in range(KILLS + 1)]
    try:
        for server in servers:
            server.wait(seconds=90)
        assert_kills_lose_nothing(servers, installation, key)
    finally:
        for server in servers:
            server.http.close()
            server.end(signal.SIGKILL)


@pytest.mark.postgres
@pytest.mark.redis
def test_neither_kill_9_nor_an_outage_loses_or_doubles_anything_on_postgresql(fresh_place: Place) -> None:
    place = fresh_place
    key = place.installation.manage("shell", "-v", "0", "-c", PREPARE).strip()
    *killed, last = place.serve(KILLS + 1)
    sender = assert_kills_lose_nothing(killed, place.installation, key)
    place.database.die()
    for at in range(5):
        wait_for(lambda at=at: sender.try_once([f"away-{at}-{n}" for n in range(BATCH)]), seconds=10)  # type: ignore[misc]
    killed[-1].process.kill()  # what it acknowledged lies on the disk alone
    sender.server = last
    place.database.heal()
    total = len(sender.acknowledged)
    wait_for(lambda: place.sql("SELECT count(*) FROM experiments_event") == [(total,)], seconds=20)
    assert_all_once(place.installation, sender)
    assert sender.try_once(["known"])  # what may be named is in memory now
    place.database.hang()
    sender.patience = 0.5
    sender.refusals.clear()
    wait_for(lambda: sender.try_once(["slow"]) or 503 in sender.refusals, seconds=20)
    assert sender.refusals == {503}
    answer = requests.get(f"{last.url}/api/decide?user_key=u&env=staging", timeout=1)
    assert answer.status_code == 200
    place.database.heal()
