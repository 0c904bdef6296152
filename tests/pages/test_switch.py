"""What a switch in the list does, without JavaScript and with htmx."""

import pytest

from accounts.models import Environment, User
from audit.models import Entry
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, stored, text

LIST = "/dashboard/flags"
SWITCH = "/dashboard/flags/new-search/switch"
HTMX = {"HX-Request": "true"}


def test_switch_turns_the_flag_on_and_leads_back_to_where_it_was(
    browse: Browse, bob: User, flag: Flag, staging: Environment
) -> None:
    browser = browse(bob)
    there = f"{LIST}?tag=web"
    response = browser.post(SWITCH, {"environment": "staging", "to": "on", "next": there})
    assert (response.status_code, response.url) == (302, there)
    assert stored(flag, staging).is_enabled
    assert "new-search is now on in Staging." in text(browser.get(there))


def test_pressing_twice_does_not_turn_it_off_again(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    for _ in range(2):
        browse(bob).post(SWITCH, {"environment": "staging", "to": "on"})
    assert stored(flag, staging).is_enabled
    assert Entry.objects.filter(subject="flag_config").count() == 1


def test_switch_of_a_protected_environment_asks_first(
    browse: Browse, alice: User, flag: Flag, production: Environment
) -> None:
    asked = browse(alice).post(SWITCH, {"environment": "production", "to": "on"}, follow=True)
    assert "Turn new-search on in Production?" in text(asked)
    assert not stored(flag, production).is_enabled


def test_confirmed_switch_of_a_protected_environment_is_made(
    browse: Browse, alice: User, flag: Flag, production: Environment
) -> None:
    given = {"environment": "production", "to": "on", "confirmed": "yes", "next": f"{LIST}?tag=web"}
    assert browse(alice).post(SWITCH, given).url == f"{LIST}?tag=web"
    assert stored(flag, production).is_enabled


def test_confirmation_says_what_the_flag_does_now(browse: Browse, alice: User, flag: Flag) -> None:
    response = browse(alice).get(SWITCH, {"environment": "production", "to": "on"})
    assert "Now: Off for everyone." in text(response)


def test_htmx_gets_the_row_as_it_is_now_and_what_to_say(browse: Browse, bob: User, flag: Flag) -> None:
    response = browse(bob).post(SWITCH, {"environment": "staging", "to": "on"}, headers=HTMX)
    assert len(elements(response, "tr")) == 1
    switch = element(response, "button", **{"aria-label": "new-search in Staging"})
    assert switch["aria-checked"] == "true"
    assert element(response, "div", id="said").text == "new-search is now on in Staging."


def test_htmx_is_asked_in_a_dialog_for_the_protected_environment_alone(browse: Browse, alice: User, flag: Flag) -> None:
    switches = elements(browse(alice).get(LIST), "button", role="switch")
    assert [switch["aria-label"] for switch in switches if "hx-confirm" in switch] == ["new-search in Production"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"environment": "staging"}, 400),
        ({"environment": "staging", "to": "maybe"}, 400),
        ({"environment": "nowhere", "to": "on"}, 404),
        ({"to": "on"}, 404),
    ],
)
def test_switch_that_is_not_told_what_to_do_does_nothing(
    browse: Browse, bob: User, flag: Flag, given: dict[str, str], status: int
) -> None:
    assert browse(bob).post(SWITCH, given).status_code == status
    assert not Entry.objects.filter(subject="flag_config").exists()


def test_unknown_flag_is_not_found(browse: Browse, bob: User, flag: Flag) -> None:
    response = browse(bob).post(f"{LIST}/nope/switch", {"environment": "staging", "to": "on"})
    assert response.status_code == 404


def test_refusal_reaches_htmx_as_a_message_with_its_status(browse: Browse, charlie: User, flag: Flag) -> None:
    response = browse(charlie).post(SWITCH, {"environment": "staging", "to": "on"}, headers=HTMX)
    assert response.status_code == 403
    assert response["HX-Retarget"] == "#messages"
    assert text(response).startswith("Your role may read but not change this.")


def test_archived_flag_is_not_switched(browse: Browse, alice: User, flag: Flag, staging: Environment) -> None:
    services.archive_flag(flag, by=alice)
    response = browse(alice).post(SWITCH, {"environment": "staging", "to": "on"})
    assert response.status_code == 409
    assert not stored(flag, staging).is_enabled


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
def test_switch_never_leads_to_another_site(browse: Browse, bob: User, flag: Flag, elsewhere: str) -> None:
    response = browse(bob).post(SWITCH, {"environment": "staging", "to": "on", "next": elsewhere})
    assert response.url == LIST
