"""Before a config is saved it can be asked how many users would move; asking changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from flags.models import Flag, FlagConfig
from flags.services import update_config

PATH = "/flags/colour/environments/staging/preview"


@pytest.fixture
def charlies(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    """A viewer's client: looking is for everybody."""
    return api(charlie)


def split(**weights: float) -> dict[str, Any]:
    return {"split": [{"variant": variant, "weight": weight} for variant, weight in weights.items()]}


def move(one: str | None, other: str | None, percent: float) -> dict[str, Any]:
    return {"from": one, "to": other, "buckets": int(percent * 1000), "percent": percent}


def previewed(client: APIClient, path: str = PATH, **given: Any) -> list[dict[str, Any]]:
    answer = client.post(path, given)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["warnings"] == []
    return list(answer.json()["moves"])


def test_a_split_out_of_one_variant(charlies: APIClient, colour: Flag) -> None:
    assert previewed(charlies, serve=split(red=75, blue=25)) == [move("red", "blue", 25)]


def test_changed_weights_tell_the_least_that_moves(
    charlies: APIClient, bob: User, colour: Flag, staging: Environment
) -> None:
    update_config(colour, staging, by=bob, serve=split(red=50, blue=50))
    assert previewed(charlies, serve=split(blue=62.5, red=37.5)) == [move("red", "blue", 12.5)]


def test_what_was_previewed_is_what_saving_does(
    charlies: APIClient, bob: User, colour: Flag, staging: Environment
) -> None:
    update_config(colour, staging, by=bob, serve=split(red=50, blue=50))
    update_config(colour, staging, by=bob, serve=split(red=20, blue=80))
    assert previewed(charlies, serve=split(red=20, blue=80)) == []


def test_the_callers_own_default_is_told_as_null(charlies: APIClient, colour: Flag) -> None:
    assert previewed(charlies, serve={"off": True}) == [move("red", None, 100)]


def test_a_percentage_flag_tells_who_would_get_it(
    charlies: APIClient, bob: User, share: Flag, staging: Environment
) -> None:
    update_config(share, staging, by=bob, rollout_percentage=10)
    path = "/flags/share/environments/staging/preview"
    assert previewed(charlies, path, rollout_percentage=12.5) == [move("off", "on", 2.5)]


def test_nothing_is_saved(charlies: APIClient, colour: Flag, written: Callable[[], int]) -> None:
    before = written()
    previewed(charlies, serve=split(red=75, blue=25), rules=[{"serve": {"variant": "blue"}}])
    assert (written(), FlagConfig.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"serve": split(red=99)}, "serve.split"),
        ({"serve": {"variant": "green"}}, "serve"),
        ({"rules": [{}]}, "rules.0.serve"),
        ({"serves": {}}, "serves"),
    ],
)
def test_what_could_not_be_saved_is_refused(
    charlies: APIClient, colour: Flag, given: dict[str, Any], where: str
) -> None:
    answer = charlies.post(PATH, given)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [where])


def test_splits_with_other_buckets_are_not_compared(
    charlies: APIClient, bob: User, colour: Flag, staging: Environment
) -> None:
    update_config(colour, staging, by=bob, serve=split(red=50, blue=50))
    own = {"split": {"salt": "other", "arms": [{"variant": "red", "ranges": [[0, 100_000]]}]}}
    answer = charlies.post(PATH, {"serve": own})
    assert (answer.status_code, answer.json()["code"]) == (400, "not_comparable")
