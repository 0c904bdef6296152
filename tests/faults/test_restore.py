"""F39: a database that was restored under running servers is what they answer, within seconds and without a restart."""

import subprocess

import pytest

from tests.faults.place import Place, arrive, switch
from tests.faults.probe import probing
from tests.servers import Server, find_program, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]


class Backup:
    """A dump of the place's database, and putting it back while servers serve."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._file = place.folder / "backup.dump"
        self._run("pg_dump", "--format=custom", f"--file={self._file}", place.name)

    def restore(self) -> None:
        name, cluster = self._place.name, self._place.cluster
        self._place.database.die()
        cluster.sql(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} OWNER app")
        self._run("pg_restore", f"--dbname={name}", str(self._file))
        self._place.database.heal()

    def _run(self, program: str, *arguments: str) -> None:
        at = ["-h", "127.0.0.1", "-p", str(self._place.cluster.port), "-U", "postgres"]
        subprocess.run([find_program(program), *at, *arguments], check=True, timeout=60)


def revisions(*servers: Server) -> set[int]:
    return {server.evaluate("checkout")["config_version"] for server in servers}


def epoch(place: Place) -> int:
    found = place.sql(
        "SELECT epoch FROM evaluation_head h JOIN accounts_environment e ON e.id = h.environment_id"
        " WHERE e.key = 'staging'"
    )
    return int(found[0][0])


def test_f39_a_restored_database_is_served_by_every_process_in_a_new_epoch(place: Place, two: Two) -> None:
    before, backup = epoch(place), Backup(place)
    (then,) = revisions(*two)
    with probing(*two, may_go_back=True) as probe:
        probe.allow(False)
        for on in (False, True, False):
            assert switch(two[0], on).status_code == 200
        arrive(False, *two)
        backup.restore()
        arrive(True, *two, within=30)
        probe.settle(True)
        assert revisions(*two) == {then}
    assert epoch(place) > before


def test_f39_a_database_that_was_restored_and_edited_beyond_what_is_served_is_noticed(place: Place, two: Two) -> None:
    """The servers are cut off meanwhile: when they are back, the number says nothing, and only the mark does."""
    first, second = two
    backup = Backup(place)
    assert switch(first, False, flag="steady").status_code == 200
    wait_for(lambda: second.evaluate("steady")["value"] is False, seconds=15)
    with probing(first, second, may_go_back=True, off="steady") as probe:
        probe.allow(False)
        probe.allow(True, flag="steady")
        backup.restore()
        place.database.die()
        (third,) = place.serve(1, DATABASE_URL=place.cluster.address(place.name))
        third.sign_in()
        for on in (False, True, False):
            assert switch(third, on).status_code == 200
        place.database.heal()
        arrive(False, first, second, within=30)
        wait_for(lambda: all(s.evaluate("steady")["value"] is True for s in two), seconds=30)
        probe.settle(False)
        probe.settle(True, flag="steady")


def test_f39_a_restored_copy_answers_as_the_original_did(place: Place, two: Two) -> None:
    """10,000 subjects of a rollout, asked of the original and of an installation on a database restored from it."""
    first, _ = two
    address = f"{first.url}/flags/checkout?environment_key=staging"
    assert first.http.put(address, json={"rollout_percentage": 37}, timeout=10).status_code == 200
    original = answers_of_rollout(place, place.name)
    place.sql("SELECT 1")
    file = place.folder / "copy.dump"
    at = ["-h", "127.0.0.1", "-p", str(place.cluster.port), "-U", "postgres"]
    subprocess.run([find_program("pg_dump"), *at, "-Fc", f"--file={file}", place.name], check=True, timeout=60)
    place.cluster.sql("DROP DATABASE IF EXISTS restored", "CREATE DATABASE restored OWNER app")
    subprocess.run([find_program("pg_restore"), *at, "--dbname=restored", str(file)], check=True, timeout=60)
    try:
        assert answers_of_rollout(place, "restored") == original
        assert 3_500 < sum(original) < 3_900
    finally:
        place.cluster.sql("DROP DATABASE restored WITH (FORCE)")
        first.http.put(address, json={"rollout_percentage": 100}, timeout=10)


def answers_of_rollout(place: Place, database: str) -> list[bool]:
    """What this database's newest document answers to 10,000 subjects."""
    from flagkit.engine import Context, Ruleset

    ((document,),) = place.cluster.sql(
        "SELECT p.document FROM evaluation_publication p JOIN accounts_environment e ON e.id = p.environment_id"
        " WHERE e.key = 'staging' AND p.key = 'checkout' ORDER BY p.revision DESC LIMIT 1",
        database=database,
    )
    ruleset = Ruleset({"checkout": document})
    return [bool(ruleset.evaluate("checkout", Context(f"user-{n}")).value) for n in range(10_000)]
