"""The editors of an experiment's variants and allocations: what is saved, refused with a sentence, shown beforehand."""

from typing import Any

import pytest

from accounts.models import Environment, User
from experiments.models import Experiment
from tests.pages.reading import Browse, element, elements, text
from tests.pages.trials import address, again, draft, ranges, running

HALF = [("control", 0, 4999), ("treatment", 5000, 9999)]


@pytest.fixture
def button(staging: Environment, bob: User) -> Experiment:
    return draft(staging, by=bob)


def shown(page: Any, *names: str) -> dict[str, list[str]]:
    """What the fields of these names hold, in order."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for tag in ("input", "textarea"):
        for each in elements(page, tag):
            if each.attributes.get("name") in found:
                found[each["name"]].append(each.text if tag == "textarea" else each["value"])
    return found


def columns(*rows: tuple[str, str, str, str], **more: Any) -> dict[str, Any]:
    """Rows of id, key, name and payload as the form sends them."""
    names = ("variant_id", "variant_key", "variant_name", "variant_payload")
    return {**{name: [row[at] for row in rows] for at, name in enumerate(names)}, **more}


def typed(*rows: tuple[str, str, str]) -> dict[str, Any]:
    """Rows of variant, first and last bucket as the form sends them."""
    names = ("range_variant", "range_first", "range_last")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def kept(experiment: Experiment) -> list[tuple[str, str, Any]]:
    return [(each.key, each.name, each.payload) for each in experiment.variants.all()]


def test_variants_are_changed_added_and_deleted_at_once(browse: Browse, bob: User, button: Experiment) -> None:
    control, treatment = (str(each.pk) for each in button.variants.all())
    given = columns(
        (control, "control", "As it is", '{"color": "blue"}'),
        (treatment, "treatment", "", "{}"),
        ("", "loud", "Loud", '{\r\n "color": "red"}'),
        ("", "", "", ""),
        variant_delete=[treatment],
    )
    assert browse(bob).post(address("variants"), given).url == f"{address()}#variants"
    assert kept(button) == [("control", "As it is", {"color": "blue"}), ("loud", "Loud", {"color": "red"})]


def test_variants_shown_and_sent_back_change_nothing(browse: Browse, bob: User, button: Experiment) -> None:
    names = ("variant_id", "variant_key", "variant_name", "variant_payload")
    assert browse(bob).post(address("variants"), shown(browse(bob).get(address()), *names)).status_code == 302
    assert again(button).version == button.version


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("loud", '{"color": }'), "Payload: This is not JSON: line 1, column 11"),
        (("loud", "[1]"), "Give an object"),
        (("loud", '{"a": 1, "a": 2}'), "a is there twice in one object."),
        (("has space", "{}"), "Use 1 to 100 letters"),
        (("", "{}"), "Use 1 to 100 letters"),
        (("control", "{}"), "Experiment button has a variant control."),
    ],
    ids=str,
)
def test_bad_variant_is_said_at_its_row_and_kept(
    browse: Browse, bob: User, button: Experiment, row: tuple[str, str], said: str
) -> None:
    standing = [(str(each.pk), each.key, "New name", "{}") for each in button.variants.all()]
    refused = browse(bob).post(address("variants"), columns(*standing, ("", row[0], "", row[1])))
    assert refused.status_code in (400, 409)
    assert said in element(refused, "div", id="variant-why-3").text
    assert shown(refused, "variant_payload")["variant_payload"][2] == row[1]
    assert shown(refused, "variant_name")["variant_name"][:2] == ["New name", "New name"]
    assert kept(button)[0] == ("control", "", {"color": "control"})


def test_more_rows_keep_what_was_typed(browse: Browse, bob: User, button: Experiment) -> None:
    page = browse(bob).post(address("variants"), {**columns(("", "loud", "", "{")), "more": "yes"})
    assert shown(page, "variant_key")["variant_key"] == ["loud", ""]
    assert len(kept(button)) == 2


def test_variant_that_has_users_stays(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = running(staging, by=bob)
    rows = [(str(each.pk), each.key, "", "{}") for each in experiment.variants.all()]
    refused = browse(bob).post(address("variants"), columns(*rows, variant_delete=[rows[1][0]]))
    assert refused.status_code == 409
    assert "has users" in element(refused, "div", id="variant-why-2").text
    assert [key for key, _, _ in kept(experiment)] == ["control", "treatment"]


def test_variants_that_users_of_production_have_take_a_tick(
    browse: Browse, alice: User, production: Environment
) -> None:
    experiment = running(production, by=alice)
    here = address("variants", environment="production")
    given = columns(*[(str(each.pk), each.key, "New", "{}") for each in experiment.variants.all()])
    assert element(browse(alice).post(here, given), "div", id="variants_confirmed_error")
    assert kept(experiment)[0][1] == ""
    assert browse(alice).post(here, {**given, "confirmed": "on"}).status_code == 302
    assert kept(experiment)[0][1] == "New"


def test_percentages_move_as_few_buckets_as_possible(browse: Browse, bob: User, button: Experiment) -> None:
    given = {"share-control": "40", "share-treatment": "55.5"}
    assert browse(bob).post(address("shares"), given).url == f"{address()}#allocations"
    assert ranges(button) == [("control", 0, 3999), ("treatment", 4000, 4549), ("treatment", 5000, 9999)]
    page = browse(bob).get(address())
    assert "no variant 4.5" in text(page)
    assert "no variant 4,550 to 4,999" in element(page, "svg")["aria-label"]


def test_percentages_shown_and_sent_back_change_nothing(browse: Browse, bob: User, button: Experiment) -> None:
    fields = shown(browse(bob).get(address()), "share-control", "share-treatment")
    assert fields == {"share-control": ["50"], "share-treatment": ["50"]}
    browse(bob).post(address("shares"), fields)
    assert again(button).version == button.version


def test_even_split_is_filled_in_and_not_saved(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = draft(staging, by=bob, variants=[{"key": key} for key in "abc"], allocations=[])
    page = browse(bob).post(address("shares"), {"even": "yes", "share-a": "1"})
    assert shown(page, "share-a", "share-b", "share-c") == {
        "share-a": ["33.34"],
        "share-b": ["33.33"],
        "share-c": ["33.33"],
    }
    assert ranges(experiment) == []


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("50.01", "These sum to 100.01 %."),
        ("-1", "greater than or equal to 0"),
        ("101", "less than or equal to 100"),
        ("1.001", "2 decimal places"),
        ("NaN", "Enter a number"),
        ("half", "Enter a number"),
    ],
)
def test_bad_percentage_is_said_and_kept(browse: Browse, bob: User, button: Experiment, share: str, said: str) -> None:
    refused = browse(bob).post(address("shares"), {"share-control": "50", "share-treatment": share})
    assert refused.status_code == 400
    assert said in text(refused)
    assert element(refused, "input", name="share-treatment")["value"] == share
    assert ranges(button) == HALF


def test_exact_ranges_are_saved(browse: Browse, bob: User, button: Experiment) -> None:
    given = typed(("treatment", "0", "99"), ("control", "9000", "9999"), ("", "", ""))
    assert browse(bob).post(address("ranges"), given).status_code == 302
    assert ranges(button) == [("treatment", 0, 99), ("control", 9000, 9999)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("treatment", "4999", "9999"), "overlaps"),
        (("treatment", "5000", "10000"), "Give a whole number from 0 to 9,999."),
        (("treatment", "-1", "9999"), "Give a whole number from 0 to 9,999."),
        (("treatment", "5000", "many"), "Give a whole number from 0 to 9,999."),
        (("treatment", "5000.0", "9999"), "Give a whole number from 0 to 9,999."),
        (("treatment", "", "9999"), "Give a whole number from 0 to 9,999."),
        (("treatment", "9999", "5000"), "A range ends where it starts or later."),
        (("nobody", "5000", "9999"), "This experiment has no such variant."),
        (("", "5000", "9999"), "This experiment has no such variant."),
        (("treatment", "9" * 5000, "9999"), "Give a whole number from 0 to 9,999."),
    ],
    ids=str,
)
def test_bad_range_is_said_at_its_row_and_kept(
    browse: Browse, bob: User, button: Experiment, row: tuple[str, str, str], said: str
) -> None:
    refused = browse(bob).post(address("ranges"), typed(("control", "0", "4999"), row))
    assert refused.status_code == 400
    assert said in element(refused, "div", id="range-why-2").text
    assert shown(refused, "range_first")["range_first"][1] == row[1]
    assert ranges(button) == HALF


def test_more_rows_of_ranges_keep_what_was_typed(browse: Browse, bob: User, button: Experiment) -> None:
    page = browse(bob).post(address("ranges"), {**typed(("control", "7", "x")), "more": "yes"})
    assert shown(page, "range_first", "range_last") == {"range_first": ["7", ""], "range_last": ["x", ""]}
    assert ranges(button) == HALF


def test_what_a_running_experiment_would_change_is_shown_before(
    browse: Browse, bob: User, staging: Environment
) -> None:
    experiment = running(staging, by=bob)
    page = browse(bob).post(address("shares"), {"share-control": "45", "share-treatment": "55"})
    assert page.status_code == 200
    assert "500 of 10,000 buckets change variant: control → treatment 500." in text(page)
    assert ranges(experiment) == HALF
    carried = shown(page, "range_variant", "range_first", "range_last", "version")
    saved = browse(bob).post(address("ranges"), {**carried, "confirmed": "yes"})
    assert saved.url == f"{address()}#allocations"
    assert ranges(experiment) == [("control", 0, 4499), ("treatment", 4500, 9999)]


def test_what_was_shown_is_not_saved_over_somebody_elses(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = running(staging, by=bob)
    page = browse(bob).post(address("ranges"), typed(("control", "0", "9999")))
    experiment.save()
    carried = shown(page, "range_variant", "range_first", "range_last", "version")
    refused = browse(bob).post(address("ranges"), {**carried, "confirmed": "yes"})
    assert refused.status_code == 412
    assert "Somebody else saved this" in text(refused)
    assert shown(refused, "range_last")["range_last"][0] == "9999"
    assert ranges(experiment) == HALF


def test_preview_refuses_what_saving_would(browse: Browse, bob: User, staging: Environment) -> None:
    running(staging, by=bob)
    refused = browse(bob).post(address("ranges"), typed(("control", "0", "10000")))
    assert refused.status_code == 400
    assert element(refused, "div", id="range-why-1").text


def test_running_experiment_keeps_an_allocation(browse: Browse, bob: User, staging: Environment) -> None:
    experiment = running(staging, by=bob)
    refused = browse(bob).post(address("ranges"), {**typed(), "confirmed": "yes"})
    assert refused.status_code == 422
    assert "Pause it first." in text(refused)
    assert ranges(experiment) == HALF
