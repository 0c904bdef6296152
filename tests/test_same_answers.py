"""Two real processes of one installation assign every user alike, by GET and by POST, and at `/evaluate` as well."""

from collections.abc import Iterator

import pytest

from tests.conftest import Prepared
from tests.servers import Installation, Server

pytestmark = pytest.mark.server
Pair = tuple[Server, Server]

SETUP = """
from accounts.changes import change
from accounts.models import Environment, Project
from experiments.models import Allocation, Experiment, Holdout, Layer, Variant
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
staging, project = Environment.objects.get(key="staging"), Project.objects.get()
with change():
    flag = Flag.objects.create(project=project, key="checkout", variants=BOOLEAN_VARIANTS)
    FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
    Holdout.objects.create(project=project, key="2026", percentage=5)
    layer = Layer.objects.create(environment=staging, key="layer")
    for key, more in {
        "plain": {}, "murmur": {"algorithm": "experiments-murmur3"}, "on-flag": {"flag": flag},
        "first": {"layer": layer, "layer_ranges": [[0, 4999]]},
        "second": {"layer": layer, "layer_ranges": [[5000, 9999]]},
    }.items():
        made = Experiment.objects.create(environment=staging, key=key, status="RUNNING", **more)
        for name, start, end in [("on", 0, 3999), ("off", 4000, 7999)]:
            variant = Variant.objects.create(experiment=made, key=name)
            Allocation.objects.create(experiment=made, variant=variant, range_start=start, range_end=end)
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Pair]:
    """Each with a hash seed of its own, so that nothing can hang on the order of sets."""
    folder = tmp_path_factory.mktemp("same")
    installation = prepared(folder, PYTHONHASHSEED="1")
    installation.manage("shell", "--verbosity", "0", "-c", SETUP)
    other = Installation(folder, PYTHONHASHSEED="2")
    servers = installation.serve("first"), other.serve("second")
    try:
        yield servers[0].wait(), servers[1].wait()
    finally:
        for server in servers:
            server.end()


def decide(server: Server, user: str) -> bytes:
    asked = {"user_key": user, "env": "staging"}
    got = server.http.get(f"{server.url}/api/decide", params=asked, timeout=5)
    posted = server.http.post(f"{server.url}/api/decide", json=asked, timeout=5)
    assert (got.status_code, got.content) == (200, posted.content)
    return got.content


def test_every_process_assigns_alike(pair: Pair) -> None:
    first, second = pair
    found = [decide(first, f"user-{at}") for at in range(200)]
    assert found == [decide(second, f"user-{at}") for at in range(200)]
    assert len({answer.count(b"experiment_key") for answer in found}) > 2


def test_the_flag_of_an_experiment_serves_what_decide_assigns(pair: Pair) -> None:
    first, second = pair
    for at in range(100):
        served = second.evaluate("checkout", user=f"user-{at}")
        assigned = b'"experiment_key":"on-flag"' in decide(first, f"user-{at}")
        assert ("experiment" in served) is assigned
