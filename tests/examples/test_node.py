"""The example for Node runs as its README says."""

from pathlib import Path

import pytest

from tests.examples.programs import Flagplatform, Run
from tests.servers import wait_for

pytestmark = pytest.mark.server


def test_service_that_asks_the_server_has_the_answer_of_now(
    flagplatform: Flagplatform, run: Run, installed: Path
) -> None:
    shop = run(["node", str(installed / "node-server/server.mjs")], key="server")
    assert shop.checkout() == "one page"
    flagplatform.edit("PUT", "flags/new-checkout", rollout_percentage=0, targets=[{"variant": "on", "keys": ["bob"]}])
    wait_for(lambda: shop.checkout("alice") == "three steps", seconds=15)
    assert shop.checkout("bob") == "one page"
