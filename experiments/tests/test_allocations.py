"""Which buckets have which variant: replaced as a whole, and what that changes, also before it is done."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.models import Entry
from experiments.documents import document_of
from experiments.models import Allocation, Experiment
from flagkit.engine import Context, compile_ruleset
from flagkit.engine.experiments import flag_document

Make = Callable[..., Experiment]
Range = tuple[str, int, int]


def allocations(*ranges: Range) -> list[dict[str, Any]]:
    return [{"variantKey": key, "rangeStart": start, "rangeEnd": end} for key, start, end in ranges]


def stored(experiment: Experiment) -> list[Range]:
    return [(each.variant.key, each.range_start, each.range_end) for each in experiment.allocations.all()]


def path_of(experiment: Experiment) -> str:
    return f"/experiments/{experiment.pk}/allocations"


STANDING = [("control", 0, 4999), ("treatment", 5000, 9999)]


def test_they_are_replaced_as_a_whole_with_gaps_as_wanted(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    given = allocations(("treatment", 9999, 9999), ("control", 0, 0), ("control", 100, 199))
    done = bobs.put(path_of(experiment), {"allocations": given})
    assert done.status_code == 200, done.json()
    assert stored(experiment) == [("control", 0, 0), ("control", 100, 199), ("treatment", 9999, 9999)]
    shown = [(each["variant_key"], each["range_start"]) for each in done.json()["allocations"]]
    assert shown == [("control", 0), ("control", 100), ("treatment", 9999)]
    assert bobs.get(path_of(experiment)).json() == {"allocations": done.json()["allocations"]}


def test_a_variant_is_named_by_id_or_key_or_both(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    identity = str(experiment.variants.get(key="control").pk)
    for names in ({"variantId": identity}, {"variant_key": "control"}, {"variant": identity, "variantKey": "control"}):
        given = [{**names, "range_start": 0, "range_end": 9999}]
        assert bobs.put(path_of(experiment), {"allocations": given}).status_code == 200
        assert stored(experiment) == [("control", 0, 9999)]


def test_what_was_read_may_be_sent_back(bobs: APIClient, drafted: Make) -> None:
    path = path_of(drafted())
    done = bobs.put(path, bobs.get(path).json()).json()
    assert (done["buckets_changed"], done["moves"], done["preview"]) == (0, [], False)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (None, "allocations"),
        ({}, "allocations"),
        ("control", "allocations"),
        ([7], "allocations.0"),
        ([{"variantKey": "control", "rangeStart": 0}], "allocations.0.range_end"),
        ([{"rangeStart": 0, "rangeEnd": 1}], "allocations.0.variant_id"),
        ([{"variantKey": "control", "rangeStart": 0, "rangeEnd": 1, "weight": 1}], "allocations.0.weight"),
        ([{"variantKey": 7, "rangeStart": 0, "rangeEnd": 1}], "allocations.0.variant_key"),
        (allocations(("nobody", 0, 1)), "allocations.0.variant_key"),
        (allocations(("control", -1, 1)), "allocations.0.range_start"),
        (allocations(("control", 0, 10_000)), "allocations.0.range_end"),
        (allocations(("control", 10_000, 10_000)), "allocations.0.range_start"),
        (allocations(("control", 0, 2**63)), "allocations.0.range_end"),
        (allocations(("control", 2, 1)), "allocations.0.range_end"),
        ([{"variantKey": "control", "rangeStart": True, "rangeEnd": 1}], "allocations.0.range_start"),
        ([{"variantKey": "control", "rangeStart": 0, "rangeEnd": "1"}], "allocations.0.range_end"),
        ([{"variantKey": "control", "rangeStart": 0.0, "rangeEnd": 1}], "allocations.0.range_start"),
        ([{"variantKey": "control", "rangeStart": None, "rangeEnd": 1}], "allocations.0.range_start"),
        (allocations(("control", 0, 4999), ("treatment", 4999, 9999)), "allocations.1"),
        (allocations(("control", 0, 9), ("control", 20, 29), ("treatment", 5, 24)), "allocations.2"),
        (allocations(("control", 5, 5), ("control", 5, 5)), "allocations.1"),
        (allocations(*[("control", n, n) for n in range(1001)]), "allocations"),
    ],
)
@pytest.mark.parametrize("query", ["", "?preview=true"])
def test_bad_ones_are_refused_at_their_place(
    bobs: APIClient, written: Callable[[], int], drafted: Make, given: Any, where: str, query: str
) -> None:
    experiment, before = drafted(), written()
    refused = bobs.put(path_of(experiment) + query, {"allocations": given})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [where]), refused.json()
    assert (stored(experiment), written()) == (STANDING, before)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400"])
def test_a_range_has_no_number_that_json_has_not(bobs: APIClient, drafted: Make, number: str) -> None:
    body = f'{{"allocations": [{{"variantKey": "control", "rangeStart": {number}, "rangeEnd": 1}}]}}'
    assert bobs.generic("PUT", path_of(drafted()), body, content_type="application/json").status_code == 400


def test_two_names_for_two_variants_are_refused(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    control = str(experiment.variants.get(key="control").pk)
    given = [{"variantId": control, "variantKey": "treatment", "rangeStart": 0, "rangeEnd": 1}]
    refused = bobs.put(path_of(experiment), {"allocations": given})
    assert list(refused.json()["fields"]) == ["allocations.0.variant_id"]


def test_another_experiments_variant_has_no_bucket_of_this_one(bobs: APIClient, drafted: Make) -> None:
    stranger = str(drafted("other").variants.get(key="control").pk)
    given = [{"variantId": stranger, "rangeStart": 0, "rangeEnd": 1}]
    refused = bobs.put(path_of(drafted()), {"allocations": given})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["allocations.0.variant_id"])


def test_while_it_runs_the_answer_says_how_many_buckets_change_variant(bobs: APIClient, started: Make) -> None:
    experiment = started()
    given = allocations(("control", 0, 3999), ("treatment", 4000, 8999))
    done = bobs.put(path_of(experiment), {"allocations": given}).json()
    assert done["buckets_changed"] == 2000
    assert done["moves"] == [
        {"from": "control", "to": "treatment", "buckets": 1000, "percent": 10.0},
        {"from": "treatment", "to": None, "buckets": 1000, "percent": 10.0},
    ]
    assert stored(experiment) == [("control", 0, 3999), ("treatment", 4000, 8999)]


def test_the_figure_is_the_number_of_users_buckets_that_change(bobs: APIClient, started: Make) -> None:
    """Counted over every bucket by the engine itself, before and after."""
    experiment = started()
    before = served(experiment)
    given = allocations(("treatment", 0, 1233), ("control", 2000, 7000))
    done = bobs.put(path_of(experiment), {"allocations": given}).json()
    after = served(experiment)
    share = sum(one != other for one, other in zip(before, after, strict=True)) / len(before)
    assert share == pytest.approx(done["buckets_changed"] / 10_000, abs=0.02)


@pytest.mark.parametrize(("query", "body"), [("?preview=true", {}), ("", {"preview": True}), ("?preview=1", {})])
def test_a_preview_tells_the_same_and_saves_nothing(
    bobs: APIClient, written: Callable[[], int], started: Make, query: str, body: dict[str, Any]
) -> None:
    experiment = started()
    given = {"allocations": allocations(("control", 0, 3999), ("treatment", 4000, 9999))}
    before = (written(), experiment.version)
    told = bobs.put(path_of(experiment) + query, {**given, **body}).json()
    experiment.refresh_from_db()
    assert (stored(experiment), written(), experiment.version) == (STANDING, *before)
    assert told.pop("preview") is True
    done = bobs.put(path_of(experiment), given).json()
    assert done.pop("preview") is False
    assert done == told


@pytest.mark.parametrize(("query", "body"), [("?preview=perhaps", {}), ("", {"preview": "true"}), ("", {"preview": 1})])
def test_what_is_no_yes_or_no_is_no_preview(bobs: APIClient, started: Make, query: str, body: dict[str, Any]) -> None:
    experiment = started()
    refused = bobs.put(path_of(experiment) + query, {"allocations": [], **body})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["preview"])
    assert stored(experiment) == STANDING


def test_history_has_what_changed_and_no_more(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    before = Entry.objects.count()
    bobs.put(path_of(experiment), {"allocations": allocations(("control", 0, 4999), ("treatment", 6000, 9999))})
    entries = list(Entry.objects.all()[: Entry.objects.count() - before])
    assert {(entry.action, entry.subject, entry.key) for entry in entries} == {
        ("delete", "allocation", "button-color"),
        ("create", "allocation", "button-color"),
    }
    assert Allocation.objects.count() == 2


def served(experiment: Experiment) -> list[str | None]:
    """What each of many users gets."""
    experiment.refresh_from_db()
    ruleset, problems = compile_ruleset([flag_document(document_of(experiment))])
    assert problems == []
    return [ruleset.evaluate(experiment.key, Context(f"user-{n}", {})).variant for n in range(5000)]
