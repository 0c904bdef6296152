"""The examples in Python run as their READMEs say."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.examples.programs import EXAMPLES, Flagplatform, Run, settings
from tests.servers import wait_for

pytestmark = pytest.mark.server


def test_service_that_evaluates_by_itself_follows_a_flip_and_tells_of_it(flagplatform: Flagplatform, run: Run) -> None:
    shop = run([sys.executable, str(EXAMPLES / "python-sdk/shop.py")], key="server")
    assert shop.checkout() == "one page"
    flagplatform.edit("PUT", "flags/new-checkout", is_enabled=False)
    wait_for(lambda: shop.checkout() == "three steps", seconds=15)
    wait_for(lambda: "changed: new-checkout" in shop.log.read_text(), seconds=15)


def test_service_tells_of_who_bought_and_never_waits_for_it(run: Run) -> None:
    shop = run([sys.executable, str(EXAMPLES / "python-sdk/shop.py")], key="server")
    answer = requests.post(shop.url, params={"visitor": "alice", "price": "12.50"}, timeout=5)
    assert answer.json() == {"visitor": "alice", "paid": 12.5}


def test_script_that_asks_the_server_prints_an_answer_for_each(flagplatform: Flagplatform) -> None:
    flagplatform.edit("PUT", "flags/new-checkout", rollout_percentage=0, targets=[{"variant": "on", "keys": ["bob"]}])
    assert ask(flagplatform, "new-checkout", "alice", "bob") == [
        ["alice", "False", "off", "SPLIT"],
        ["bob", "True", "on", "TARGETING_MATCH"],
    ]


def test_script_gives_the_default_for_a_flag_that_is_not_there(flagplatform: Flagplatform) -> None:
    [answer] = ask(flagplatform, "no-such-flag", "alice")
    assert answer[:3] == ["alice", "False", "-"]
    assert "no-such-flag" in answer


def ask(flagplatform: Flagplatform, *arguments: str) -> list[list[str]]:
    """The words of each line that the script prints."""
    script: Path = EXAMPLES / "python-ofrep/ask.py"
    command = [sys.executable, str(script), *arguments]
    done = subprocess.run(command, env=settings(flagplatform, "client"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]
