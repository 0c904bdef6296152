"""The page of usage: which flags are used, which ones are not, and which ones do not exist."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Environment, User
from evaluation.usage_rows import add_experiment_usage, add_unknown, add_usage, minute_of
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text
from tests.pages.trials import address, running

USAGE = "/dashboard/usage"
DAY = timedelta(days=1)


@pytest.fixture
def used(flag: Flag, colours: Flag, staging: Environment) -> None:
    """One flag was evaluated an hour ago, another one long ago; both are old."""
    Flag.objects.update(created_at=timezone.now() - 100 * DAY)
    for key, ago in ((flag.key, timedelta(hours=1)), (colours.key, 60 * DAY)):
        at = timezone.now() - ago
        add_usage({(str(staging.pk), key, "on", minute_of(at)): 42}, seen={(str(staging.pk), key): at})


def keys(browse: Browse, user: User, **query: str) -> list[str]:
    return [found.text for found in elements(browse(user).get(USAGE, query), "a", class_="key")]


def test_each_flag_with_when_it_was_last_seen(browse: Browse, charlie: User, used: None) -> None:
    shown = text(browse(charlie).get(USAGE))
    assert "2 flags." in shown
    assert "new-search New search never 1 hour ago never 42" in shown


@pytest.mark.parametrize(("days", "found"), [("30", ["button-colour"]), ("90", []), ("7", ["button-colour"])])
def test_unused_flags(browse: Browse, charlie: User, used: None, days: str, found: list[str]) -> None:
    assert keys(browse, charlie, unused_for=days) == found


def test_unused_in_one_environment(browse: Browse, charlie: User, used: None) -> None:
    assert keys(browse, charlie, unused_for="30", environment="production") == ["button-colour", "new-search"]
    response = browse(charlie).get(USAGE, {"environment": "production"})
    assert [head.text for head in elements(response, "th", scope="col")][1] == "Last seen in Production"


def test_filters_that_are_not_understood_are_left_aside(browse: Browse, charlie: User, used: None) -> None:
    assert len(keys(browse, charlie, unused_for="ages", environment="nowhere", page="x")) == 2


def test_nothing_unused_says_so(browse: Browse, charlie: User, flag: Flag) -> None:
    response = browse(charlie).get(USAGE, {"unused_for": "30"})
    assert "Every flag that is old enough was evaluated in that time." in text(response)
    assert element(response, "a", href=USAGE, class_="button")


def test_names_that_are_not_there_are_shown_and_not_trusted(
    browse: Browse, charlie: User, staging: Environment
) -> None:
    add_unknown({(str(staging.pk), "<b>chekcout"): 3}, timezone.now())
    response = browse(charlie).get(USAGE)
    assert "<b>chekcout Staging 3 just now" in text(response)
    assert "<b>" not in response.content.decode()


def test_menu_leads_to_it(browse: Browse, charlie: User) -> None:
    assert element(browse(charlie).get("/dashboard/flags"), "a", href=USAGE).text == "Usage"
    assert element(browse(charlie).get(USAGE), "a", href=USAGE)["aria-current"] == "page"


def test_strangers_sign_in_first(browse: Browse) -> None:
    assert browse().get(USAGE).status_code == 302


def test_an_experiments_page_leads_to_how_often_each_variant_was_given(
    browse: Browse, alice: User, charlie: User, staging: Environment
) -> None:
    experiment = running(staging, by=alice)
    now = minute_of(timezone.now())
    counts = {"control": 5, "treatment": 7, "": 1}
    add_experiment_usage({(str(staging.pk), experiment.key, variant, now): n for variant, n in counts.items()})
    links = elements(browse(charlie).get(address()), "a")
    [link] = [each for each in links if each.text == "How often it was asked for"]
    shown = text(browse(charlie).get(link["href"]))
    assert "13 decisions in 24 hours. treatment 7 control 5 Not in it 1" in shown


def test_an_experiment_that_nobody_asked_for_says_so(
    browse: Browse, alice: User, charlie: User, staging: Environment
) -> None:
    running(staging, by=alice)
    assert "Nobody asked for it in 24 hours." in text(browse(charlie).get(address("usage")))
