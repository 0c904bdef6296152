"""Unleash's client specification through the database: imported as rows, published, and asked of the snapshot."""

from typing import Any

import pytest

from accounts.models import Environment, Project, User
from audit.models import Entry
from evaluation import reading
from evaluation.models import Head, Publication
from evaluation.snapshot import Address, Snapshot
from flagkit.engine import Ruleset, compile_ruleset
from flags.importing.applying import import_unleash
from flags.importing.unleash import Translation, translate
from flags.importing.unleash_documents import read
from flags.tests.unleash_suite import (
    CASES_PUBLISHED,
    THERE,
    answer_of,
    cases_of,
    context_of,
    needs_re2,
    specifications,
)

NOT_KEYS = 2  # features of the specification whose names are no keys here: they are asked of the translation alone
SPECIFICATIONS = [pytest.param(found, id=found["name"]) for found in specifications()]


def published(environment: Environment) -> Ruleset:
    address = Address(str(environment.pk), "default", environment.key, environment.name, True)
    revision = Head.objects.get(pk=environment.pk).revision
    return Snapshot(address).advanced(revision, reading.texts_at(address.id, revision)).ruleset


def translated(translation: Translation) -> Ruleset:
    return compile_ruleset([*translation.flags, *translation.audiences])[0]


def wrong(cases: list[tuple[str, dict[str, Any]]], ruleset: Ruleset, translation: Translation) -> list[str]:
    """The descriptions of the cases that are answered otherwise."""
    plain = {name: variants.plain for name, variants in translation.variants.items()}
    answers = [
        answer_of(ruleset.evaluate(case["toggleName"], context_of(case["context"])), kind, plain)
        for kind, case in cases
    ]
    return [
        case["description"]
        for (_, case), answer in zip(cases, answers, strict=True)
        if answer != case["expectedResult"]
    ]


def needs_pure(specification: dict[str, Any]) -> set[str]:
    """The features that cannot be flags here, by their names."""
    names = {feature["name"] for feature in read(specification["state"])["features"]}
    return {name for name in names if not name.isascii()}


@THERE
@pytest.mark.parametrize("specification", SPECIFICATIONS)
def test_every_case_through_rows_and_snapshot_but_two_whose_names_are_no_keys(
    specification: dict[str, Any], project: Project, staging: Environment, alice: User
) -> None:
    needs_re2(specification["state"])
    report = import_unleash(project, specification["state"], by=alice, environments=[staging])
    translation, pure = translate(read(specification["state"])), needs_pure(specification)
    assert {found["feature"] for found in report.not_representable} == pure
    assert report.agreement.equal == report.agreement.sampled
    cases = cases_of(specification)
    through_rows = [(kind, case) for kind, case in cases if case["toggleName"] not in pure]
    alone = [(kind, case) for kind, case in cases if case["toggleName"] in pure]
    if through_rows:
        assert wrong(through_rows, published(staging), translation) == []
    assert wrong(alone, translated(translation), translation) == []


@THERE
def test_all_cases_but_two_go_through_the_rows() -> None:
    cases = [(needs_pure(found), case) for found in specifications() for _, case in cases_of(found)]
    assert len(cases) == CASES_PUBLISHED
    assert sum(case["toggleName"] in pure for pure, case in cases) == NOT_KEYS


DOCUMENT = {
    "features": [
        {"name": "asking", "enabled": True, "strategies": [{"name": "default", "segments": [1]}]},
        {"name": "parted", "enabled": True, "variants": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]},
    ],
    "segments": [{"id": 1, "name": "Europe", "constraints": []}],
}


def test_an_import_is_one_revision_of_each_environment(
    project: Project, staging: Environment, development: Environment, alice: User
) -> None:
    import_unleash(project, DOCUMENT, by=alice, environments=[staging, development])
    for environment in (staging, development):
        rows = Publication.objects.filter(environment_id=environment.pk).order_by("kind", "key")
        assert list(rows.values_list("revision", "key")) == [(1, "segment-1"), (1, "asking"), (1, "parted")]


def test_an_import_that_changes_nothing_is_no_revision(project: Project, staging: Environment, alice: User) -> None:
    for _ in range(2):
        import_unleash(project, DOCUMENT, by=alice, environments=[staging])
    assert Head.objects.get(pk=staging.pk).revision == 1


def test_a_dry_run_is_neither_a_revision_nor_history(project: Project, staging: Environment, alice: User) -> None:
    before = Entry.objects.count()
    import_unleash(project, DOCUMENT, by=alice, environments=[staging], dry_run=True)
    assert (Publication.objects.count(), Entry.objects.count()) == (0, before)
