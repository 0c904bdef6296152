"""The examples for browsers follow changes while they are open, from another origin, with a client key."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.examples.programs import Example, Flagplatform, Run, settings

pytestmark = [pytest.mark.server, pytest.mark.browser]
Open = Callable[..., Page]

PATIENCE = 15_000  # milliseconds until a page has followed
GREEN, BLUE = "rgb(27, 127, 59)", "rgb(11, 87, 208)"


@pytest.fixture
def open_page(browser: Browser, run: Run, installed: Path) -> Iterator[Open]:
    """`open_page("react")` is the example's page, which must not complain or be loaded again."""
    context = browser.new_context()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def open_example(name: str, query: str = "") -> Page:
        example: Example = run(["node", str(installed / name / "build.mjs"), "--serve"], key="client")
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(example.url + query)
        page.evaluate("window.stayed = true")
        return page

    yield open_example
    stayed = [page.evaluate("window.stayed") for page in context.pages]
    context.close()
    assert stayed == [True]
    assert not complaints


def test_page_follows_flips_while_it_is_open(flagplatform: Flagplatform, open_page: Open) -> None:
    page = open_page("browser", "?visitor=alice")
    expect(page.get_by_text("You check out on one page.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("status")).to_have_text("Flags for alice: READY")
    expect(page.get_by_role("button")).to_have_css("background-color", GREEN)
    flagplatform.edit("PUT", "flags/new-checkout", is_enabled=False)
    expect(page.get_by_text("You check out in three steps.")).to_be_visible(timeout=PATIENCE)
    flagplatform.edit("PUT", "flags/buy-button-colour", serve={"variant": "blue"})
    expect(page.get_by_role("button")).to_have_css("background-color", BLUE, timeout=PATIENCE)


def test_react_draws_anew_when_a_flag_is_flipped(flagplatform: Flagplatform, open_page: Open) -> None:
    page = open_page("react")
    expect(page.get_by_text("Checkout on one page")).to_be_visible(timeout=PATIENCE)
    flagplatform.edit("PUT", "flags/new-checkout", is_enabled=False)
    expect(page.get_by_text("Checkout in three steps")).to_be_visible(timeout=PATIENCE)


def test_react_draws_anew_for_another_visitor(flagplatform: Flagplatform, open_page: Open) -> None:
    flagplatform.edit("PUT", "flags/new-checkout", rollout_percentage=0, targets=[{"variant": "on", "keys": ["bob"]}])
    page = open_page("react")
    expect(page.get_by_text("Checkout in three steps")).to_be_visible(timeout=PATIENCE)
    page.get_by_label("Visitor").fill("bob")
    expect(page.get_by_text("Checkout on one page")).to_be_visible(timeout=PATIENCE)


def test_react_shows_the_variant_of_an_experiment_while_it_runs(flagplatform: Flagplatform, open_page: Open) -> None:
    page = open_page("react")
    expect(page.get_by_role("button", name="Add to basket")).to_be_visible(timeout=PATIENCE)
    flagplatform.edit(
        "POST",
        "experiments",
        key="buy-button",
        variants=[{"key": "plain", "payload": {"label": "Buy"}}, {"key": "urgent", "payload": {"label": "Buy now"}}],
        allocations=[{"variant_key": "urgent", "range_start": 0, "range_end": 9999}],
        environment_key="development",
    )
    flagplatform.edit("PATCH", "experiments/buy-button/status", status="RUNNING")
    expect(page.get_by_role("button", name="Buy now")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("note")).to_have_text("Only today")
    flagplatform.edit("PATCH", "experiments/buy-button/status", status="PAUSED")
    expect(page.get_by_role("button", name="Add to basket")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("name", ["browser", "react"])
def test_page_is_not_built_with_a_key_that_belongs_on_servers(
    flagplatform: Flagplatform, installed: Path, name: str
) -> None:
    command = ["node", str(installed / name / "build.mjs")]
    done = subprocess.run(command, env=settings(flagplatform, "server"), capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "has to be a client key" in done.stderr
