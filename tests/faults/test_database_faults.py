"""PostgreSQL away, hanging, read-only, full, cut: evaluations do not notice, and edits are told the truth."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import requests

from tests.faults.place import Place, arrive, has_answer, switch
from tests.faults.probe import probing
from tests.servers import Installation, Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]
ROUNDS = 60


def assert_told(answer: requests.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] in ("database_away", "database_refused")
    assert answer.headers["Retry-After"]


def works_again(first: Server, second: Server) -> None:
    wait_for(lambda: switch(first, True).status_code == 200, seconds=20)
    arrive(True, first, second)


def test_f6_postgresql_dies_in_traffic_and_comes_back(place: Place, two: Two) -> None:
    with probing(*two):
        place.database.die()
        assert_told(switch(two[0], False))
        place.database.heal()
        works_again(*two)


def test_f7_postgresql_is_down_at_the_start_and_a_copy_is_on_disk(place: Place, two: Two) -> None:
    copies = place.folder / "snapshots"
    newest = two[0].evaluate("checkout")["config_version"]
    wait_for(lambda: any(b'"revision":%d,' % newest in f.read_bytes() for f in copies.glob("*.snapshot")), seconds=20)
    place.database.die()
    (third,) = place.serve(1)
    with probing(*two, third):
        given = {"environment_key": "staging", "user_id": "u1"}
        answer = third.http.get(f"{third.url}/evaluate/checkout", params=given, timeout=5)
        assert (answer.json()["value"], answer.headers["X-Config-Stale"]) == (True, "unconfirmed")
        place.database.heal()
        wait_for(lambda: "X-Config-Stale" not in third.http.get(answer.url, timeout=5).headers, seconds=15)


def test_f7_postgresql_is_down_at_the_start_and_there_is_no_copy(place: Place) -> None:
    place.database.die()
    empty = place.folder / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    (third,) = place.serve(1, ready=False, FLAGPLATFORM_DATA_DIR=str(empty))
    third.wait("/livez")
    assert third.http.get(f"{third.url}/readyz", timeout=5).status_code == 503
    answer = third.http.get(f"{third.url}/evaluate/checkout?environment_key=staging&user_id=u1", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    place.database.heal()
    wait_for(lambda: has_answer(third, "checkout", True), seconds=15)


def test_f8_postgresql_hangs_and_nobody_waits_for_it_for_long(place: Place, two: Two) -> None:
    first, second = two
    with probing(first, second):
        place.database.hang()
        assert_told(switch(first, False))  # within the twenty seconds of the request: without a deadline, never
        place.database.heal()
        works_again(first, second)


def test_f8_a_follower_whose_statement_never_answers_notices_the_recovery(place: Place, two: Two) -> None:
    """The connections that hang stay so for ever: packets of theirs are lost. New ones work."""
    first, second = two
    with probing(first, second) as probe:
        place.database.forget()
        probe.allow(False)
        wait_for(lambda: switch(first, False).status_code == 200, seconds=20)
        arrive(False, first, second)
        probe.settle(False)


def test_f8_a_process_ends_while_postgresql_hangs(place: Place, two: Two) -> None:
    (third,) = place.serve(1)
    place.database.hang()
    third.process.terminate()
    assert third.process.wait(10) is not None


@contextmanager
def limited(place: Place, how: str) -> Iterator[None]:
    """The database with a setting that every new connection finds."""
    place.cluster.sql(f"ALTER DATABASE {place.name} {how}")
    place.end_connections()
    try:
        yield
    finally:
        place.cluster.sql(f"ALTER DATABASE {place.name} RESET ALL", f"ALTER DATABASE {place.name} CONNECTION LIMIT -1")
        place.end_connections()


def test_f10_postgresql_is_read_only(place: Place, two: Two) -> None:
    with probing(*two):
        with limited(place, "SET default_transaction_read_only = on"):
            before = place.sql("SELECT max(id) FROM evaluation_publication")
            wait_for(lambda: switch(two[0], False).json().get("code") == "database_refused", seconds=20)
            assert_told(switch(two[0], False))
            assert place.sql("SELECT max(id) FROM evaluation_publication") == before
        works_again(*two)


def test_f11_connections_are_exhausted(place: Place, two: Two) -> None:
    with probing(*two):
        taken: list[psycopg.Connection[object]] = []
        with limited(place, "CONNECTION LIMIT 1"):
            wait_for(lambda: _take(place, taken), seconds=20)
            assert_told(switch(two[0], False))
            taken[0].close()
        works_again(*two)


def _take(place: Place, taken: list[psycopg.Connection[object]]) -> bool:
    """Take the one connection, however long the servers fight for it."""
    try:
        taken.append(psycopg.connect(place.cluster.address(place.name)))
    except psycopg.OperationalError:
        place.end_connections()
        return False
    return True


def test_f24_an_edit_whose_connection_is_cut_is_whole_or_absent(place: Place, two: Two) -> None:
    """C6 as well: what was committed is published and audited, whether or not its author was told."""
    first, second = two
    chance = random.Random(20261121)
    counts = "SELECT count(*) FROM audit_entry", "SELECT count(*) FROM evaluation_publication"
    before = [place.sql(count)[0][0] for count in counts]
    cut = 0
    with probing(first, second) as probe:
        probe.allow(False)
        for n in range(ROUNDS):
            place.database.cut_after(chance.randrange(1, 6_000))
            answer = switch(first, bool(n % 2))
            cut += answer.status_code == 503
            assert answer.status_code in (200, 503), answer.text
        place.database.heal()
        after = [place.sql(count)[0][0] for count in counts]
        is_on = place.sql(
            "SELECT is_enabled FROM flags_flagconfig c JOIN flags_flag f ON f.id = c.flag_id"
            " JOIN accounts_environment e ON e.id = c.environment_id"
            " WHERE e.key = 'staging' AND f.key = 'checkout'"
        )[0][0]
        arrive(is_on, first, second)
        probe.settle(is_on)
    assert cut > ROUNDS / 10
    assert after[0] - before[0] == after[1] - before[1], "an edit without its audit entry, or without its revision"
    numbers = place.sql(
        "SELECT p.revision FROM evaluation_publication p JOIN accounts_environment e"
        " ON e.id = p.environment_id WHERE e.key = 'staging' ORDER BY 1"
    )
    assert [n for (n,) in numbers] == list(range(1, len(numbers) + 1))


def test_f25_the_newest_migration_goes_back_and_forth_in_traffic(place: Place, two: Two) -> None:
    direct = Installation(place.folder, **{**place.installation.env, "DATABASE_URL": place.cluster.address(place.name)})
    with probing(*two):
        direct.manage("migrate", "evaluation", "0002", "--verbosity", "0")
        direct.manage("migrate", "evaluation", "--verbosity", "0")
        works_again(*two)


def test_f25_the_release_before_goes_on_publishing_on_the_new_schema(place: Place, two: Two) -> None:
    """It knows nothing of epochs: its statements do not name the column."""
    first, second = two
    (environment,) = place.sql("SELECT id FROM accounts_environment WHERE key = 'staging'")[0]
    with probing(first, second) as probe:
        probe.allow(False)
        newest = place.sql(
            f"SELECT document FROM evaluation_publication WHERE environment_id = '{environment}'"
            " AND key = 'checkout' ORDER BY revision DESC LIMIT 1"
        )[0][0]
        off = newest.replace('"enabled":true', '"enabled":false')
        place.sql(
            f"UPDATE evaluation_head SET revision = revision + 1 WHERE environment_id = '{environment}'",
            "INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)"
            f" SELECT environment_id, revision, 'flag', 'checkout', '{off}', 'before', now()"
            f" FROM evaluation_head WHERE environment_id = '{environment}'",
            "INSERT INTO evaluation_head (environment_id, revision) VALUES (gen_random_uuid(), 1)",
        )
        arrive(False, first, second)
        probe.settle(False)
    assert place.sql(f"SELECT epoch FROM evaluation_head WHERE environment_id = '{environment}'") == [(0,)]
