"""F21: with ten thousand flags and fifty environments, an edit of one flag arrives and the others are answered on."""

import pytest

from tests.faults.place import Place, arrive, switch
from tests.faults.probe import probing
from tests.servers import wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis, pytest.mark.long]
ENVIRONMENTS = """
INSERT INTO accounts_environment SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(),
  'key', 'many-' || n, 'name', 'Many ' || n))).* FROM accounts_environment e, generate_series(1, 47) n
  WHERE e.key = 'development'
"""
FLAGS = """
WITH head AS (UPDATE evaluation_head SET revision = revision + 1
  WHERE environment_id = (SELECT id FROM accounts_environment WHERE key = 'staging') RETURNING *)
INSERT INTO evaluation_publication (environment_id, revision, kind, key, document, by, at)
  SELECT environment_id, revision, 'flag', 'many-' || n, replace(p.document, 'steady', 'many-' || n), 'many', now()
  FROM head, generate_series(1, 10000) n,
  (SELECT document FROM evaluation_publication WHERE key = 'steady' AND document LIKE '%"enabled":true%' LIMIT 1) p
"""


def test_f21_ten_thousand_flags_and_fifty_environments(fresh_place: Place) -> None:
    first, second = fresh_place.serve(2)
    fresh_place.furnish(first, second)
    with probing(first, second) as probe:
        fresh_place.sql(ENVIRONMENTS, FLAGS)
        for server in (first, second):
            wait_for(
                lambda s=server: (
                    s.http.get(
                        f"{s.url}/evaluate/many-9999?environment_key=staging&user_id=u1",  # type: ignore[misc]
                        timeout=5,
                    ).status_code
                    == 200
                ),
                seconds=20,
            )
        (third,) = fresh_place.serve(1)
        assert third.evaluate("many-10000")["value"] is True
        for on in (False, True, False):
            probe.allow(on)
            assert switch(first, on).status_code == 200
            arrive(on, first, second, third)
            probe.settle(on)
