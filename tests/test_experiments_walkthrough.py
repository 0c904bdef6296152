"""The walkthrough of the experiments platform that teams come from, typed as it is printed, against a live server.

Only the address and the ids are put in, and an Authorization header is added.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Prepared
from tests.servers import Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"),
]

ENVIRONMENT = """
curl -s -X POST http://localhost:3000/api/environments \\
  -H "Content-Type: application/json" \\
  -d '{"name": "prod"}' | jq
"""
EXPERIMENT = """
curl -s -X POST http://localhost:3000/api/experiments \\
  -H "Content-Type: application/json" \\
  -d '{
    "key": "checkout-button-color",
    "name": "Checkout Button Color Test",
    "description": "Test whether a green button improves checkout conversion",
    "environmentId": "ENV_ID"
  }' | jq
"""
CONTROL = """
# Control variant
curl -s -X POST http://localhost:3000/api/experiments/EXP_ID/variants \\
  -H "Content-Type: application/json" \\
  -d '{
    "key": "control",
    "name": "Blue Button",
    "payload": {"color": "#0066cc"}
  }' | jq
"""
TREATMENT = """
# Treatment variant
curl -s -X POST http://localhost:3000/api/experiments/EXP_ID/variants \\
  -H "Content-Type: application/json" \\
  -d '{
    "key": "treatment",
    "name": "Green Button",
    "payload": {"color": "#00cc66"}
  }' | jq
"""
ALLOCATIONS = """
curl -s -X PUT http://localhost:3000/api/experiments/EXP_ID/allocations \\
  -H "Content-Type: application/json" \\
  -d '{
    "allocations": [
      {"variantId": "CONTROL_ID", "rangeStart": 0, "rangeEnd": 4999},
      {"variantId": "TREATMENT_ID", "rangeStart": 5000, "rangeEnd": 9999}
    ]
  }' | jq
"""
START = """
curl -s -X PATCH http://localhost:3000/api/experiments/EXP_ID/status \\
  -H "Content-Type: application/json" \\
  -d '{"status": "RUNNING"}' | jq
"""
PUBLISH = """
curl -s -X POST http://localhost:3000/api/experiments/EXP_ID/publish | jq
"""
DECIDE = """
curl -sG "http://localhost:3000/api/decide" \\
  --data-urlencode "user_key=user-123" \\
  --data-urlencode "env=prod" \\
  | jq
"""
TARGETING = """
curl -s -X PATCH http://localhost:3000/api/experiments/EXP_ID \\
  -H "Content-Type: application/json" \\
  -d '{
    "targetingRules": [
      {
        "conditions": [
          {"attribute": "country", "operator": "in", "value": ["US", "CA"]},
          {"attribute": "plan", "operator": "eq", "value": "pro"}
        ]
      }
    ]
  }' | jq
"""
DECIDE_WITH_CONTEXT = """
curl -sG "http://localhost:3000/api/decide" \\
  --data-urlencode "user_key=user-123" \\
  --data-urlencode "env=prod" \\
  --data-urlencode 'context={"country":"US","plan":"pro"}' \\
  | jq
"""


class Walker:
    """Somebody who types the steps; ids that were saved are put where the steps name them."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ids: dict[str, str] = {}

    def type(self, step: str) -> dict[str, object]:
        """What the step prints."""
        command = step.replace("http://localhost:3000", self.server.url).replace("| jq", "")
        command = re.sub(r"\b(ENV|EXP|CONTROL|TREATMENT)_ID\b", lambda found: self.ids[found[0]], command)
        authorised = f'-H "Authorization: {self.server.http.headers["Authorization"]!s}"'
        script = f'set -euo pipefail\ncurl() {{ command curl --fail-with-body --noproxy "*" {authorised} "$@"; }}\n'
        done = subprocess.run(["bash", "-c", script + command], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stdout + done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    def save(self, name: str, step: str) -> None:
        self.ids[name] = str(self.type(step)["id"])


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Walker]:
    server = prepared(tmp_path_factory.mktemp("data")).serve()
    try:
        yield Walker(server.wait().sign_in())
    finally:
        server.end()


def test_every_step_runs_as_printed(walker: Walker) -> None:
    walker.save("ENV_ID", ENVIRONMENT)
    walker.save("EXP_ID", EXPERIMENT)
    walker.save("CONTROL_ID", CONTROL)
    walker.save("TREATMENT_ID", TREATMENT)
    allocated = walker.type(ALLOCATIONS)
    assert allocated["buckets_changed"] == 10_000
    assert walker.type(START)["status"] == "RUNNING"
    walker.type(PUBLISH)

    decided = walker.type(DECIDE)
    assert decided == {
        "user_key": "user-123",
        "environment": "prod",
        "config_version": 1,
        "assignments": decided["assignments"],
    }
    [assignment] = decided["assignments"]  # type: ignore[misc]
    chosen = str(assignment["variant_key"])
    assert assignment == {
        "experiment_key": "checkout-button-color",
        "experiment_id": walker.ids["EXP_ID"],
        "variant_key": chosen,
        "variant_id": walker.ids[f"{chosen.upper()}_ID"],
        "payload": {"color": {"control": "#0066cc", "treatment": "#00cc66"}[chosen]},
    }
    assert walker.type(DECIDE) == decided

    walker.type(TARGETING)
    assert walker.type(DECIDE)["assignments"] == []
    targeted = walker.type(DECIDE_WITH_CONTEXT)
    assert (targeted["assignments"], targeted["config_version"]) == ([assignment], 2)
