"""The pages of layers and holdouts: who holds what, made, changed, and deleted where nobody needs them."""

from decimal import Decimal

import pytest

from accounts.models import Environment, Project, User
from experiments.holdouts import create_holdout
from experiments.layers import create_layer, update_layer
from experiments.models import Experiment, Holdout, Layer
from tests.pages.reading import Browse, element, elements, text
from tests.pages.trials import address, again, draft, running

LAYERS, HOLDOUTS = "/dashboard/layers", "/dashboard/holdouts"
LAYER = f"{LAYERS}/checkout?environment=staging"
HOLDOUT = f"{HOLDOUTS}/2026"


@pytest.fixture
def layer(staging: Environment, bob: User) -> Layer:
    return create_layer(staging, by=bob, key="checkout", name="Checkout")


@pytest.fixture
def sharing(layer: Layer, staging: Environment, bob: User) -> list[Experiment]:
    """Two experiments that share the layer."""
    return [draft(staging, by=bob, key=key, layer="checkout", layer_share=3000) for key in ("button", "headline")]


@pytest.fixture
def holdout(project: Project, alice: User) -> Holdout:
    return create_holdout(project, by=alice, key="2026", percentage=5)


def test_layers_are_listed_with_who_holds_what(browse: Browse, charlie: User, sharing: list[Experiment]) -> None:
    page = browse(charlie).get(LAYERS)
    bar = element(page, "svg", role="img")
    assert bar["aria-label"] == "Buckets of the layer: button 0 to 2,999, headline 3,000 to 5,999, free 6,000 to 9,999"
    assert "free 40 % 6,000 to 9,999" in text(page)
    assert not elements(page, "a", class_="button primary")


def test_empty_lists_say_what_belongs_there(browse: Browse, alice: User) -> None:
    assert "No layers yet" in text(browse(alice).get(LAYERS))
    assert "No holdouts yet" in text(browse(alice).get(HOLDOUTS))


def test_layer_is_made_and_changed(browse: Browse, bob: User, staging: Environment) -> None:
    made = browse(bob).post(f"{LAYERS}/new", {"key": "checkout", "environment": "staging"})
    assert made.url == LAYER
    assert browse(bob).post(LAYER, {"name": "Checkout", "description": "a\r\nb"}).url == LAYER
    layer = Layer.objects.get()
    assert (layer.environment, layer.name, layer.description) == (staging, "Checkout", "a\nb")


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"key": "has space"}, "id_key_error"),
        ({"key": "checkout"}, "id_key_error"),
        ({"environment": "production"}, "id_environment_error"),
        ({"name": "x" * 201}, "id_name_error"),
    ],
    ids=str,
)
def test_bad_layer_is_said_at_its_field_and_kept(
    browse: Browse, bob: User, layer: Layer, bad: dict[str, str], where: str
) -> None:
    given = {"key": "fresh", "environment": "staging", "description": "Keep this.", **bad}
    refused = browse(bob).post(f"{LAYERS}/new", given)
    assert refused.status_code in (400, 409)
    assert element(refused, "div", id=where).text
    assert element(refused, "textarea", name="description").text == "Keep this."
    assert Layer.objects.count() == 1


def test_layer_that_somebody_else_saved_is_not_overwritten_unseen(
    browse: Browse, alice: User, bob: User, layer: Layer
) -> None:
    read = element(browse(bob).get(LAYER), "input", name="version")["value"]
    update_layer(layer, by=alice, name="Alice's")
    refused = browse(bob).post(LAYER, {"name": "Bob's", "version": read})
    assert refused.status_code == 412
    assert element(refused, "input", name="name")["value"] == "Bob's"
    assert Layer.objects.get().name == "Alice's"


def test_layer_in_use_says_by_whom_and_stays(browse: Browse, bob: User, sharing: list[Experiment]) -> None:
    delete = f"{LAYERS}/checkout/delete?environment=staging"
    page = browse(bob).get(delete)
    assert "checkout is in use" in text(page)
    assert elements(page, "a", href=address())
    assert browse(bob).post(delete).status_code == 409
    for experiment in sharing:
        experiment.delete()
    assert "Delete checkout?" in text(browse(bob).get(delete))
    assert browse(bob).post(delete).url == LAYERS
    assert not Layer.objects.exists()


def test_share_of_a_layer_is_taken_and_left(browse: Browse, bob: User, sharing: list[Experiment]) -> None:
    browse(bob).post(address("participation"), {"layer": "checkout", "layer_share": "12.34"})
    assert again(sharing[0]).layer_ranges == [[0, 1233]]
    assert "12.34 % of layer checkout." in text(browse(bob).get(address()))
    browse(bob).post(address("participation"), {"layer": ""})
    assert (again(sharing[0]).layer, again(sharing[0]).layer_ranges) == (None, [])


def test_share_that_is_not_free_is_refused_at_its_field(browse: Browse, bob: User, sharing: list[Experiment]) -> None:
    refused = browse(bob).post(address("participation"), {"layer": "checkout", "layer_share": "70.01"})
    assert refused.status_code == 409
    assert "7,000 buckets left" in element(refused, "div", id="participation_layer_share_error").text
    assert element(refused, "input", name="layer_share")["value"] == "70.01"


def test_holdouts_are_listed_and_told_on_experiments(
    browse: Browse, bob: User, holdout: Holdout, staging: Environment
) -> None:
    page = browse(bob).get(HOLDOUTS)
    assert "held out 0 to 499, may take part 500 to 9,999" in element(page, "svg")["aria-label"]
    assert "A holdout counts in every environment." in text(page)
    draft(staging, by=bob)
    assert "5 % of all users are held out by 2026." in text(browse(bob).get(address()))


def test_holdout_is_made_and_changed(browse: Browse, alice: User, project: Project) -> None:
    assert browse(alice).post(f"{HOLDOUTS}/new", {"key": "2026", "percentage": "2.5"}).url == HOLDOUT
    assert browse(alice).post(HOLDOUT, {"percentage": "3"}).status_code == 302
    assert Holdout.objects.get().percentage == 3


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"percentage": "100.01"}, "id_percentage_error"),
        ({"percentage": "1.001"}, "id_percentage_error"),
        ({"percentage": ""}, "id_percentage_error"),
        ({"percentage": "NaN"}, "id_percentage_error"),
        ({"key": "2026"}, "id_key_error"),
    ],
    ids=str,
)
def test_bad_holdout_is_said_at_its_field(
    browse: Browse, alice: User, holdout: Holdout, bad: dict[str, str], where: str
) -> None:
    refused = browse(alice).post(f"{HOLDOUTS}/new", {"key": "fresh", "percentage": "1", **bad})
    assert refused.status_code in (400, 409)
    assert element(refused, "div", id=where).text
    assert Holdout.objects.count() == 1


def test_holdout_takes_a_tick_while_experiments_run(
    browse: Browse, alice: User, holdout: Holdout, staging: Environment
) -> None:
    running(staging, by=alice)
    refused = browse(alice).post(HOLDOUT, {"percentage": "6"})
    assert element(refused, "div", id="id_confirmed_error")
    assert Holdout.objects.get().percentage == Decimal(5)
    assert browse(alice).post(HOLDOUT, {"percentage": "6", "confirmed": "on"}).status_code == 302


def test_holdout_is_for_those_who_may_change_every_environment(browse: Browse, bob: User, holdout: Holdout) -> None:
    assert browse(bob).get(f"{HOLDOUTS}/new").status_code == 403
    assert browse(bob).post(HOLDOUT, {"percentage": "6"}).status_code == 403
    assert browse(bob).post(f"{HOLDOUT}/delete").status_code == 403
    assert not elements(browse(bob).get(HOLDOUT), "button", class_="primary")
    assert Holdout.objects.get().percentage == 5


def test_deleting_a_holdout_asks_first(browse: Browse, alice: User, holdout: Holdout) -> None:
    assert "Delete 2026?" in text(browse(alice).get(f"{HOLDOUT}/delete"))
    assert browse(alice).post(f"{HOLDOUT}/delete").url == HOLDOUTS
    assert not Holdout.objects.exists()


@pytest.mark.parametrize("path", [f"{LAYERS}/none?environment=staging", f"{HOLDOUTS}/none"])
def test_what_is_not_there_is_a_page_that_says_so(browse: Browse, bob: User, project: Project, path: str) -> None:
    assert browse(bob).get(path).status_code == 404
