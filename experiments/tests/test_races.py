"""People who edit experiments at the same moment: nothing is dealt twice, and who comes second is told."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from accounts.tests.racing import race
from experiments.layers import create_layer
from experiments.models import Experiment, Layer
from flags.audiences import create_audience
from flags.models import Audience, Flag

pytestmark = pytest.mark.django_db(transaction=True)

Api = Callable[[User], APIClient]
Make = Callable[..., Experiment]


@pytest.fixture
def two(api: Api, alice: User, bob: User) -> tuple[APIClient, APIClient]:
    """Two people, both signed in."""
    return api(alice), api(bob)


@pytest.fixture
def page(alice: User, staging: Environment) -> Layer:
    return create_layer(staging, by=alice, key="page")


@pytest.mark.parametrize("given", [{"layer_ranges": [[0, 5999]]}, {"layer_share": 6000}])
def test_two_who_take_the_same_buckets_of_a_layer(
    two: tuple[APIClient, APIClient], page: Layer, drafted: Make, given: dict[str, Any]
) -> None:
    paths = [f"/experiments/{drafted(key, layer='page').pk}" for key in ("first", "second")]
    pairs = zip(two, paths, strict=True)
    codes = race(*[lambda c=client, p=path: c.patch(p, given).status_code for client, path in pairs])
    assert sorted(codes) == [200, 409]


def test_two_who_take_shares_that_both_fit_get_other_buckets(
    two: tuple[APIClient, APIClient], page: Layer, drafted: Make
) -> None:
    experiments = [drafted(key, layer="page") for key in ("first", "second")]
    pairs = zip(two, experiments, strict=True)
    codes = race(
        *[lambda c=c, e=e: c.patch(f"/experiments/{e.pk}", {"layer_share": 5000}).status_code for c, e in pairs]
    )
    ranges = chain.from_iterable(Experiment.objects.values_list("layer_ranges", flat=True))
    held = [bucket for first, last in ranges for bucket in range(first, last + 1)]
    assert (codes, len(held), len(set(held))) == ([200, 200], 10_000, 10_000)


def test_one_of_two_editors_of_the_same_version_wins(two: tuple[APIClient, APIClient], drafted: Make) -> None:
    experiment = drafted()
    read = {"If-Match": f'"{experiment.version}"'}
    path = f"/experiments/{experiment.pk}"
    codes = race(
        lambda: two[0].patch(path, {"name": "One"}, headers=read).status_code,
        lambda: two[1].post(f"{path}/variants", {"key": "third"}, headers=read).status_code,
    )
    assert sorted(codes) in ([200, 412], [201, 412])


def test_one_of_two_starts_wins(two: tuple[APIClient, APIClient], drafted: Make) -> None:
    path = f"/experiments/{drafted().pk}/status"
    codes = race(*[lambda c=client: c.patch(path, {"status": "RUNNING"}).status_code for client in two])
    assert sorted(codes) == [200, 422]


def test_one_of_two_experiments_gets_the_flag(two: tuple[APIClient, APIClient], button: Flag, drafted: Make) -> None:
    paths = [f"/experiments/{drafted(key, flag='button').pk}/status" for key in ("first", "second")]
    pairs = zip(two, paths, strict=True)
    codes = race(*[lambda c=c, p=p: c.patch(p, {"status": "RUNNING"}).status_code for c, p in pairs])
    assert sorted(codes) == [200, 409]


def test_one_of_two_creations_of_the_same_key_wins(two: tuple[APIClient, APIClient]) -> None:
    given = {"key": "fresh", "environment_key": "staging"}
    codes = race(*[lambda c=client: c.post("/experiments", given).status_code for client in two])
    assert sorted(codes) == [201, 409]


def test_an_audience_goes_or_is_taken_up_and_never_both(
    two: tuple[APIClient, APIClient], alice: User, staging: Environment, drafted: Make
) -> None:
    create_audience(staging, by=alice, key="testers")
    experiment = drafted()
    codes = race(
        lambda: two[0].delete("/audiences/testers?environment_key=staging").status_code,
        lambda: two[1].patch(f"/experiments/{experiment.pk}", {"audience": "testers"}).status_code,
    )
    experiment.refresh_from_db()
    assert codes in ([204, 400], [409, 200])
    assert (experiment.audience is not None) == Audience.objects.exists()


def test_a_layer_goes_or_is_taken_up_and_never_both(
    two: tuple[APIClient, APIClient], page: Layer, drafted: Make
) -> None:
    experiment = drafted()
    codes = race(
        lambda: two[0].delete("/layers/page?environment_key=staging").status_code,
        lambda: two[1].patch(f"/experiments/{experiment.pk}", {"layer": "page"}).status_code,
    )
    experiment.refresh_from_db()
    assert codes in ([204, 400], [409, 200])
    assert (experiment.layer is not None) == Layer.objects.exists()
