"""Pages tell what a flag with rules does, whatever form its serve has."""

from typing import Any

import pytest

from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
from flags.wording import sentence, short

ROLLOUT = {"rollout": {"salt": "s", "ranges": [[0, 5]], "variant": "on", "otherwise": "off"}}
RULES = [{"id": "a", "serve": {"variant": "on"}}, {"id": "b", "serve": {"variant": "on"}}]
TARGETS = [{"variant": "on", "keys": ["alice"]}]
NEEDED = [{"flag": "parent", "enabled": True}]


@pytest.mark.parametrize(
    ("config", "said", "in_short"),
    [
        ({"serve": ROLLOUT}, "On, and splits users by ranges of buckets.", "Split"),
        ({"serve": {"split": {"salt": "s", "arms": []}}}, "On, and splits users by ranges of buckets.", "Split"),
        ({"serve": {"off": True}}, "On, but serves what it serves while it is off.", "Off variant"),
        ({"rules": RULES}, "On for everyone. Asked first: 2 rules.", "Targeted"),
        ({"targets": TARGETS}, "On for everyone. Asked first: 1 target.", "Targeted"),
        ({"prerequisites": NEEDED}, "On for everyone. Asked first: 1 prerequisite.", "On"),
    ],
)
def test_what_comes_first_is_told(config: dict[str, Any], said: str, in_short: str) -> None:
    flag = Flag(key="x", variants=BOOLEAN_VARIANTS)
    stored = FlagConfig(is_enabled=True, **config)
    assert (sentence(flag, stored), short(flag, stored)) == (said, in_short)
