"""The buttons of an experiment's life cycle: what they say, what they ask, what they do; and its conclusion."""

from typing import Any

import pytest

from accounts.models import Environment, User
from experiments.life_cycle import move
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, stored, text
from tests.pages.trials import address, again, draft, running

LIVE = address("move", environment="production")


def buttons(page: Any) -> dict[str, str]:
    """What each button says that it will do."""
    told = {e["id"]: e.text for e in elements(page, "div") if e.attributes.get("id", "").startswith("step-")}
    return {button.text: told[button["aria-describedby"]] for button in elements(page, "button", name="to")}


def test_buttons_say_what_they_do(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = draft(staging, by=bob)
    said = buttons(browse(bob).get(address()))
    assert list(said) == ["Start", "Archive…"]
    assert said["Start"].startswith("From the next revision of Staging on, 10,000 of 10,000 buckets get a variant")
    move(experiment, "RUNNING", by=bob)
    said = buttons(browse(bob).get(address()))
    assert list(said) == ["Pause", "Archive…"]
    assert "callers get no variant and use their own default" in said["Pause"]
    move(experiment, "PAUSED", by=bob)
    assert "Users get the variants that they had before." in buttons(browse(bob).get(address()))["Resume"]


def test_experiment_is_started_paused_and_resumed(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = draft(staging, by=bob)
    for status in ("RUNNING", "PAUSED", "RUNNING"):
        assert browse(bob).post(address("move"), {"to": status}).url == address()
        assert again(experiment).status == status


def test_what_is_missing_is_said_before_and_after_the_button_is_pressed(
    browse: Browse, bob: User, staging: Environment
) -> None:
    experiment = draft(staging, by=bob, variants=[{"key": "control"}], allocations=[])
    start = element(browse(bob).get(address()), "button", value="RUNNING")
    assert "disabled" in start
    refused = browse(bob).post(address("move"), {"to": "RUNNING"})
    assert refused.status_code == 422
    assert "It needs at least two variants." in element(refused, "div", role="alert").text
    assert again(experiment).status == "DRAFT"


@pytest.mark.parametrize("status", ["PAUSED", "DRAFT", "nonsense", ""])
def test_impossible_move_is_told_on_the_page(browse: Browse, bob: User, staging: Environment, status: str) -> None:
    experiment = draft(staging, by=bob)
    refused = browse(bob).post(address("move"), {"to": status})
    assert refused.status_code in (400, 422)
    assert element(refused, "div", role="alert").text
    assert again(experiment).version == experiment.version
    assert browse(bob).get(f"{address('move')}&to={status}").url == address()


def test_archiving_asks_first(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = running(staging, by=bob)
    asked = browse(bob).post(address("move"), {"to": "ARCHIVED"})
    page = browse(bob).get(asked.url)
    assert "Archive button in Staging?" in text(page)
    assert "cannot be taken up again" in text(page)
    assert again(experiment).is_running
    browse(bob).post(address("move"), {"to": "ARCHIVED", "confirmed": "yes"})
    assert again(experiment).status == "ARCHIVED"


def test_production_asks_before_every_move(browse: Browse, alice: User, bob: User, production: Environment) -> None:
    experiment = draft(production, by=alice)
    asked = browse(alice).post(LIVE, {"to": "RUNNING"})
    assert "Start button in Production?" in text(browse(alice).get(asked.url))
    assert again(experiment).status == "DRAFT"
    assert browse(bob).get(asked.url).status_code == 403
    assert browse(bob).post(LIVE, {"to": "RUNNING", "confirmed": "yes"}).status_code == 403
    browse(alice).post(LIVE, {"to": "RUNNING", "confirmed": "yes"})
    assert again(experiment).is_running


def test_button_of_an_older_page_does_nothing(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = draft(staging, by=bob)
    read = elements(browse(bob).get(address()), "input", name="version")[0]["value"]
    experiment.save()
    refused = browse(bob).post(address("move"), {"to": "RUNNING", "version": read})
    assert refused.status_code == 412
    assert "changed since you read it" in element(refused, "div", role="alert").text
    assert again(experiment).status == "DRAFT"


def test_second_experiment_on_a_flag_is_told_which_one_runs(
    browse: Browse, bob: User, staging: Environment, flag: Flag
) -> None:
    on_flag: dict[str, Any] = {"flag": "new-search", "variants": [{"key": "on"}, {"key": "off"}]}
    halves = [{"variant_key": "on", "range_start": 0, "range_end": 9999}]
    running(staging, by=bob, key="first", allocations=halves, **on_flag)
    draft(staging, by=bob, allocations=halves, **on_flag)
    refused = browse(bob).post(address("move"), {"to": "RUNNING"})
    assert refused.status_code == 409
    assert "Experiment first runs on flag new-search here." in element(refused, "div", role="alert").text


def test_conclusion_says_what_each_winner_changes_and_then_does(
    browse: Browse, bob: User, staging: Environment, flag: Flag
) -> None:
    halves = [{"variant_key": "on", "range_start": 0, "range_end": 9999}]
    experiment = running(
        staging, by=bob, flag="new-search", variants=[{"key": "off"}, {"key": "on"}], allocations=halves
    )
    page = browse(bob).get(address("conclude"))
    assert "Flag new-search serves on in Staging to everybody whom none of its targets and rules answers" in text(page)
    version = element(page, "input", name="version")["value"]
    assert browse(bob).post(address("conclude"), {"winner": "on", "version": version}).url == address()
    assert (again(experiment).status, again(experiment).winner) == ("ARCHIVED", "on")
    assert stored(flag, staging).serve == {"variant": "on"}
    assert "on won. Nobody takes part any more." in text(browse(bob).get(address()))


@pytest.mark.parametrize("winner", ["", "nobody"])
def test_conclusion_without_a_winner_changes_nothing(
    browse: Browse, bob: User, staging: Environment, winner: str
) -> None:
    experiment = running(staging, by=bob)
    refused = browse(bob).post(address("conclude"), {"winner": winner})
    assert refused.status_code == 400
    assert element(refused, "div", id="winner-error").text
    assert again(experiment).is_running


def test_experiment_that_has_not_run_is_not_concluded(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = draft(staging, by=bob)
    assert "Conclude" not in text(browse(bob).get(address()))
    refused = browse(bob).post(address("conclude"), {"winner": "control"})
    assert refused.status_code == 422
    assert "has not run yet" in element(refused, "div", role="alert").text
    assert again(experiment).status == "DRAFT"
