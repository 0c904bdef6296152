"""Experiments in a browser: from a draft to a conclusion, with JavaScript and without; by keyboard, wide and narrow."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Environment, Project, User
from experiments.holdouts import create_holdout
from experiments.layers import create_layer
from experiments.metrics.services import create_metric
from experiments.metrics.using import add_metric
from experiments.models import Experiment
from experiments.tests.results import making
from flags import services
from flags.models import Flag
from tests.browser.conftest import SignedIn
from tests.browser.looking import look_at
from tests.pages.reading import stored
from tests.pages.reports import reported
from tests.pages.trials import ranges, running

KEY = "a-rather-long-key-of-an-experiment-that-somebody-made"
HERE = f"/dashboard/experiments/{KEY}"
PAGES = [
    "/dashboard/experiments",
    "/dashboard/experiments/new",
    f"{HERE}?environment=production",
    f"{HERE}/move?environment=production&to=PAUSED",
    f"{HERE}/conclude?environment=production",
    f"{HERE}/delete?environment=production",
    f"{HERE}/results?environment=production",
    "/dashboard/layers",
    "/dashboard/layers/new",
    "/dashboard/layers/checkout?environment=production",
    "/dashboard/holdouts",
    "/dashboard/holdouts/2026",
    "/dashboard/metrics",
    "/dashboard/metrics/new?kind=ratio",
    f"/dashboard/metrics/{KEY}",
]


@pytest.fixture
def colours(transactional_db: None, project: Project, bob: User) -> Flag:
    variants = [{"key": key, "value": key} for key in ("blue", "green")]
    return services.create_flag(project, by=bob, key="colours", flag_type="string", variants=variants)


@pytest.fixture
def long(transactional_db: None, alice: User, project: Project, production: Environment) -> Experiment:
    """A running experiment in production whose words are long."""
    create_layer(production, by=alice, key="checkout")
    create_holdout(project, by=alice, key="2026", percentage=5)
    keys = [f"a-rather-long-variant-key-{at}" for at in range(3)]
    test = {"attribute": "device.browser.version_of_the_engine", "operator": "in", "value": ["z" * 90, "US"]}
    for key in ("orders", "visits"):
        create_metric(project, by=alice, key=key, kind="count", event=key)
    create_metric(project, by=alice, key=KEY, kind="count", event="e" * 90, filter=[test], description="d" * 300)
    experiment = running(
        production,
        by=alice,
        key=KEY,
        layer="checkout",
        layer_share=5000,
        hypothesis="x" * 300,
        tags=["y" * 50],
        targeting_rules=[{"conditions": [test], "name": "n" * 90}],
        variants=[{"key": key, "payload": {"text": "#" * 90}} for key in keys],
        allocations=[
            {"variant_key": key, "range_start": at * 3000, "range_end": at * 3000 + 1500} for at, key in enumerate(keys)
        ],
    )
    asked = making.asked_of(making.REVENUE, replace(making.CONVERSION, name="m" * 90), variants=[keys[0], "treatment"])
    reported(experiment, asked, making.shop(2000, control=keys[0]))
    for key in ("orders", KEY, "visits"):
        add_metric(experiment, key, by=alice)
    return experiment


def open_editor(page: Page, name: str) -> None:
    page.locator("summary").get_by_text(name, exact=True).click()


def make_a_draft(page: Page) -> None:
    page.get_by_role("link", name="Experiments", exact=True).click()
    page.get_by_role("link", name="Make the first experiment").click()
    page.get_by_label("Key", exact=True).fill("button")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_label("Variants").fill("blue")
    page.get_by_label("On the flag").fill("colours")
    page.get_by_role("button", name="Make the experiment").click()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    expect(page.get_by_text("It needs at least two variants.")).to_be_visible()


def give_it_variants(page: Page, complaints: list[str]) -> None:
    open_editor(page, "Edit variants")
    page.get_by_label("Key of variant 2").fill("green")
    page.get_by_label("Payload of variant 2").fill('{"calm": tru}')
    page.get_by_role("button", name="Save the variants").click()
    expect(page.locator("#variants")).to_contain_text("This is not JSON: line 1, column 10")
    assert all("400" in complaints.pop() for _ in list(complaints))
    page.get_by_label("Payload of variant 2").fill('{"calm": true}')
    page.get_by_role("button", name="Save the variants").click()


@pytest.mark.parametrize("with_javascript", [True, False])
def test_experiment_from_draft_to_conclusion(
    signed_in: SignedIn,
    bob: User,
    colours: Flag,
    staging: Environment,
    complaints: list[str],
    with_javascript: bool,
) -> None:
    page = signed_in(bob, java_script_enabled=with_javascript)
    make_a_draft(page)
    give_it_variants(page, complaints)

    open_editor(page, "Change by percentages")
    page.get_by_role("button", name="Even split").click()
    expect(page.get_by_label("green", exact=True)).to_have_value("50")
    page.get_by_role("button", name="Save the percentages").click()
    expect(page.get_by_role("img", name="blue 0 to 4,999, green 5,000 to 9,999")).to_be_visible()

    page.get_by_role("button", name="Start").click()
    expect(page.locator(".sentence").first).to_contain_text("Running: 10,000 of 10,000 buckets get a variant")
    open_editor(page, "Change by percentages")
    page.get_by_label("blue", exact=True).fill("45")
    page.get_by_label("green", exact=True).fill("55")
    page.locator("#allocations").get_by_role("button", name="See what changes…").first.click()
    expect(page.locator(".sentence")).to_have_text("500 of 10,000 buckets change variant: blue → green 500.")
    page.get_by_role("button", name="Save the allocations").click()

    page.get_by_label("User id", exact=True).fill("user-123")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#why .hint").last).to_contain_text("Flag colours answers before it asks the experiment")

    page.get_by_role("link", name="Conclude…").click()
    page.get_by_label("green").check()
    page.get_by_role("button", name="Conclude it").click()
    expect(page.get_by_text("button is concluded: green won.")).to_be_visible()
    experiment = Experiment.objects.get()
    assert (experiment.status, experiment.winner) == ("ARCHIVED", "green")
    assert ranges(experiment) == [("blue", 0, 4499), ("green", 4500, 9999)]
    assert stored(colours, staging).serve == {"variant": "green"}


def test_another_kind_of_metric_keeps_what_was_typed(signed_in: SignedIn, bob: User, project: Project) -> None:
    page = signed_in(bob)
    page.goto("/dashboard/metrics/new")
    page.evaluate("window.stayed = true")
    page.get_by_label("Key").fill("clicks")
    page.get_by_label("Only events where: attribute 1").fill("country")
    page.get_by_role("link", name="Ratio").click()
    page.get_by_label("Divided by the event").fill("view")
    expect(page.get_by_label("Only events where: attribute 1")).to_have_value("country")
    page.get_by_label("Only events where: value 1").fill("DE")
    page.get_by_label("Event", exact=True).fill("click")
    assert page.evaluate("window.stayed")
    page.get_by_role("button", name="Make the metric").click()
    expect(page.locator(".sentence")).to_contain_text("“click” events whose country is DE, divided by")


def test_rows_are_added_in_place(signed_in: SignedIn, alice: User, long: Experiment) -> None:
    page = signed_in(alice)
    page.goto(PAGES[2])
    page.evaluate("window.stayed = true")
    open_editor(page, "Change exact ranges")
    page.get_by_label("First bucket of range 4").fill("1600")
    page.locator("#allocations").get_by_role("button", name="More rows").click()
    expect(page.get_by_label("First bucket of range 5")).to_be_visible()
    expect(page.get_by_label("First bucket of range 4")).to_have_value("1600")
    assert page.evaluate("window.stayed")


def test_list_is_searched_while_typing(signed_in: SignedIn, bob: User, long: Experiment) -> None:
    page = signed_in(bob)
    page.goto("/dashboard/experiments")
    page.get_by_role("searchbox").press_sequentially("nothing")
    expect(page.get_by_role("heading", name="No experiment matches")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Status").select_option("RUNNING")
    expect(page.get_by_role("link", name=KEY)).to_be_visible()
    page.wait_for_url("**/dashboard/experiments?status=RUNNING")


def test_life_cycle_is_reached_by_keyboard(signed_in: SignedIn, alice: User, long: Experiment) -> None:
    page = signed_in(alice)
    page.goto(PAGES[2])
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Pause {KEY} in Production?")).to_be_visible()
    page.get_by_role("button", name="Pause it").press("Enter")
    expect(page.locator(".sentence").first).to_have_text("Paused: nobody takes part until it is resumed.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_the_screen_and_is_accessible(
    signed_in: SignedIn, alice: User, long: Experiment, width: int, scheme: str
) -> None:
    page = signed_in(alice, viewport={"width": width, "height": 800}, color_scheme=scheme)
    look_at(page, PAGES)
