"""What the API says of usage, and which questions it refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Environment, Project, User
from evaluation.usage_rows import add_unknown, add_usage, minute_of
from flags.models import Flag
from flags.services import archive_flag, create_flag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 12, 34, 56, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Client = Callable[..., Any]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def checkout(project: Project, alice: User) -> Flag:
    with time_machine.travel(NOW - 100 * DAY, tick=False):
        return create_flag(project, by=alice, key="checkout")


def use(environment: Environment, ago: timedelta, count: int = 1, variant: str = "on", flag: str = "checkout") -> None:
    place = str(environment.pk), flag
    add_usage({(*place, variant, minute_of(NOW - ago)): count}, seen={place: NOW - ago})


def get(client: Any, path: str, **query: str) -> Any:
    answer = client.get(f"/api/{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_usage_of_a_flag_by_the_hour(
    api: Client, bob: User, checkout: Flag, staging: Environment, production: Environment
) -> None:
    use(staging, 2 * HOUR, 3)
    use(staging, 2 * HOUR - timedelta(minutes=1), 4)
    use(staging, HOUR, 5, variant="")
    use(production, HOUR, 100)
    use(staging, 2 * DAY, 1_000)
    found = get(api(bob), "flags/checkout/usage", environment_key="staging")
    assert found["data"] == [
        {"at": "2026-03-20T10:00:00Z", "environment_key": "staging", "variant": "on", "count": 7},
        {"at": "2026-03-20T11:00:00Z", "environment_key": "staging", "variant": None, "count": 5},
    ]
    assert (found["total"], found["since"]) == (12, "2026-03-19T12:34:56Z")
    assert found["variants"] == [{"variant": "on", "count": 7}, {"variant": None, "count": 5}]
    assert found["environments"] == {"staging": "2026-03-20T11:34:56Z"}


def test_usage_of_a_flag_everywhere(
    api: Client, bob: User, checkout: Flag, staging: Environment, production: Environment
) -> None:
    use(staging, HOUR)
    use(production, HOUR)
    found = get(api(bob), "flags/checkout/usage", granularity="day")
    assert {slot["environment_key"] for slot in found["data"]} == {"staging", "production"}
    assert found["environments"]["development"] is None


@pytest.mark.parametrize(("granularity", "slots"), [("minute", 4), ("hour", 2), ("day", 1)])
def test_granularity(
    api: Client, bob: User, checkout: Flag, staging: Environment, granularity: str, slots: int
) -> None:
    for minutes in (5, 6, 60, 61):
        use(staging, timedelta(minutes=minutes))
    found = get(api(bob), "flags/checkout/usage", granularity=granularity)
    assert [slot["count"] for slot in found["data"]] == [4 // slots] * slots


def test_since_is_included_and_until_is_not(api: Client, bob: User, checkout: Flag, staging: Environment) -> None:
    use(staging, 2 * HOUR)
    use(staging, HOUR)
    begin = {"since": "2026-03-20T10:34:00Z", "until": "2026-03-20T11:34:00Z"}
    assert get(api(bob), "flags/checkout/usage", **begin)["total"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"granularity": "second"}, "granularity"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-03-20T12:00:00Z", "until": "2026-03-20T12:00:00Z"}, "since"),
        ({"since": "2026-03-18T12:00:00Z", "granularity": "minute"}, "since"),
        ({"since": "2024-03-18T12:00:00Z", "granularity": "day"}, "since"),
        ({"until": "0001-01-01T00:00:00Z"}, "until"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "until"),
        ({"since": "9999-12-31T23:59:59-14:00"}, "since"),
    ],
)
def test_what_cannot_be_told_is_refused(
    api: Client, bob: User, checkout: Flag, query: dict[str, str], field: str
) -> None:
    answer = api(bob).get("/api/flags/checkout/usage", query)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("flags/nothing/usage", "flag_not_found"),
        ("flags/checkout/usage?environment_key=nowhere", "environment_not_found"),
        ("usage?project=nothing", "project_not_found"),
    ],
)
def test_what_is_not_there(api: Client, bob: User, checkout: Flag, path: str, code: str) -> None:
    answer = api(bob).get(f"/api/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_every_flag_with_when_it_was_last_evaluated(
    api: Client, bob: User, checkout: Flag, staging: Environment, production: Environment
) -> None:
    use(staging, 3 * DAY, 7)
    use(production, HOUR, 5)
    [shown] = get(api(bob), "usage")["data"]
    assert shown["flag_key"] == "checkout"
    assert shown["last_seen_at"] == "2026-03-20T11:34:56Z"
    assert shown["evaluations_24h"] == 5
    seen = {"development": None, "staging": "2026-03-17T12:34:56Z", "production": "2026-03-20T11:34:56Z"}
    assert shown["environments"] == seen


def unused(client: Any, **query: str) -> list[str]:
    return [flag["flag_key"] for flag in get(client, "usage", **query)["data"]]


def test_unused_for_30_days(
    api: Client, bob: User, alice: User, project: Project, checkout: Flag, staging: Environment, production: Environment
) -> None:
    for key, ago in (("never", 100), ("long-ago", 100), ("new", 1), ("archived", 100)):
        with time_machine.travel(NOW - ago * DAY, tick=False):
            create_flag(project, by=alice, key=key)
    archive_flag(Flag.objects.get(key="archived"), by=alice)
    use(staging, 31 * DAY, flag="long-ago")
    use(staging, 31 * DAY)
    use(production, 29 * DAY)
    assert unused(api(bob), unused_for="30d") == ["long-ago", "never"]
    assert unused(api(bob), unused_for="30d", environment_key="staging") == ["checkout", "long-ago", "never"]
    assert unused(api(bob), unused_for="4w") == ["checkout", "long-ago", "never"]
    assert unused(api(bob), unused_for="12h", search="new") == ["new"]


def test_a_key_that_is_used_anew_is_no_older_than_its_flag(
    api: Client, bob: User, alice: User, project: Project, staging: Environment
) -> None:
    use(staging, 60 * DAY, flag="again")
    create_flag(project, by=alice, key="again")
    assert unused(api(bob), unused_for="30d") == []


@pytest.mark.parametrize("given", ["", "month", "0d", "-3d", "1.5d", "99999d", "3y", "٣d"])
def test_a_time_that_is_none_is_refused(api: Client, bob: User, given: str) -> None:
    answer = api(bob).get("/api/usage", {"unused_for": given})
    assert answer.status_code == 400
    assert "unused_for" in answer.json()["fields"]


def test_names_that_are_asked_for_and_are_not_there(
    api: Client, bob: User, checkout: Flag, staging: Environment, production: Environment
) -> None:
    add_unknown({(str(staging.pk), "chekcout"): 3, (str(staging.pk), "checkout"): 1}, NOW - DAY)
    add_unknown({(str(production.pk), "old-banner"): 1}, NOW)
    found = get(api(bob), "usage/unknown")["data"]
    assert [(row["flag_key"], row["environment_key"], row["count"]) for row in found] == [
        ("old-banner", "production", 1),
        ("chekcout", "staging", 3),
    ]
    assert get(api(bob), "usage/unknown", environment_key="production")["pagination"]["total"] == 1


def test_an_archived_flag_that_is_asked_for_is_reported(
    api: Client, bob: User, alice: User, checkout: Flag, staging: Environment
) -> None:
    archive_flag(checkout, by=alice)
    add_unknown({(str(staging.pk), "checkout"): 3}, NOW)
    assert get(api(bob), "usage/unknown")["pagination"]["total"] == 1


def test_usage_of_another_project_is_not_mixed_in(
    api: Client, bob: User, alice: User, checkout: Flag, staging: Environment
) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    elsewhere = Environment.objects.create(project=shop, key="staging", name="Staging")
    create_flag(shop, by=alice, key="checkout")
    use(elsewhere, HOUR, 9)
    assert get(api(bob), "flags/checkout/usage")["total"] == 0
    assert get(api(bob), "flags/checkout/usage", project="shop")["total"] == 9
