"""Processes that die, are stopped, replaced, run for long, or find their disk full: nobody who asks notices."""

import os
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.faults.place import Place, arrive, switch
from tests.faults.probe import probing
from tests.servers import Child, Server, free_port, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]


def test_f13_one_of_several_processes_is_killed_again_and_again(place: Place, two: Two) -> None:
    """What was on its way to the killed one is asked again of the other, as a load balancer does."""
    with probing(*two, failover=True) as probe:
        for _ in range(3):
            (third,) = place.serve(1)
            probe.see(5)
            third.process.kill()
            place.end([third])
    survivors = [server.process.poll() for server in two]
    assert survivors == [None, None]


def test_f13_a_worker_of_uvicorn_that_is_killed_is_replaced(place: Place) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "flagplatform.asgi:application", "--port", str(port)]
    parent = Child([*command, "--workers", "2"], log=place.folder / "workers.log", env=place.installation.env)
    try:
        wait_for(lambda: len(children(parent)) >= 2 and place.listeners() == 4, seconds=40)
        killed = children(parent)[-1]
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: killed not in children(parent) and place.listeners() == 4, seconds=40)
    finally:
        parent.end(within=20)


def children(parent: Child) -> list[int]:
    """The server processes below this one; the resource tracker of multiprocessing is none."""
    found = Path(f"/proc/{parent.process.pid}/task/{parent.process.pid}/children").read_text().split()
    return sorted(int(pid) for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_f18_a_disk_that_takes_nothing_more_costs_log_and_copy_only(place: Place, two: Two) -> None:
    """A limit on the size of files can be set at run time; writing then fails as it does on a full disk."""
    first, second = two
    with probing(first, second) as probe:
        for server in two:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second)
        probe.settle(False)
        place.database.die()
        probe.see(100)
        place.database.heal()
        for server in two:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert [server.process.poll() for server in two] == [None, None]


def test_f38_a_rolling_restart_fails_nobody(place: Place, two: Two) -> None:
    """Each process is replaced in turn while questions come; a stop takes less than the 30 s that it may take."""
    old = place.serve(2)
    with probing(*old, *two, failover=True) as probe:
        for each in old:
            place.serve(1)
            started = time.monotonic()
            each.process.terminate()
            each.process.wait(30)
            assert time.monotonic() - started < 30
            probe.see(10)


@pytest.mark.long
def test_f40_edits_and_evaluations_without_end_leave_memory_and_files_as_they_were(place: Place, two: Two) -> None:
    """Half a minute stands for the hour: what leaked per edit or per question would show in 120 edits."""
    first, second = two
    with probing(first, second) as probe:
        probe.allow(False)
        for n in range(40):
            switch(first, bool(n % 2))
        warm = {server: (memory(server), files(server)) for server in two}
        for n in range(120):
            switch(first, bool(n % 2))
        arrive(True, first, second)
        probe.settle(True)
    for server in two:
        grown = memory(server) - warm[server][0]
        assert grown < 8, f"{grown:.1f} MB more after 120 edits"
        assert files(server) <= warm[server][1] + 5


def memory(server: Server) -> float:
    """Resident memory in MB."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
