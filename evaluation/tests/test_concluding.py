"""A conclusion is one revision: the flag serves the winner, and the experiment is in no document any more."""

import json

import pytest

from accounts.models import Environment, User
from evaluation.models import Head, Publication
from experiments.drafting import create_draft
from experiments.life_cycle import conclude, move
from experiments.pruning import list_archived, prune
from flags.services import create_flag, update_config

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ("control", "treatment")


def published(environment: Environment, revision: int) -> dict[str, dict[str, object] | None]:
    rows = Publication.objects.filter(environment_id=environment.pk, revision=revision)
    return {f"{row.kind} {row.key}": row.document and json.loads(row.document) for row in rows}


def revision_of(environment: Environment) -> int:
    return Head.objects.get(environment_id=environment.pk).revision


def test_winner_and_archive_are_one_revision_and_pruning_is_none(alice: User, staging: Environment) -> None:
    variants = [{"key": key, "value": {"color": key}} for key in KEYS]
    flag = create_flag(staging.project, by=alice, key="button", flag_type="object", variants=variants)
    update_config(flag, staging, by=alice, is_enabled=True)
    ranges = [
        {"variant_key": key, "range_start": at * 5000, "range_end": at * 5000 + 4999} for at, key in enumerate(KEYS)
    ]
    parts = {"variants": [{"key": key} for key in KEYS], "allocations": ranges}
    experiment = move(create_draft(staging, by=alice, key="colour", flag="button", **parts), "RUNNING", by=alice)
    before = revision_of(staging)

    conclude(experiment, "treatment", by=alice)
    assert revision_of(staging) == before + 1
    documents = published(staging, before + 1)
    assert documents.keys() == {"flag button", "experiment colour"}
    button = documents["flag button"]
    assert button is not None
    assert (button["serve"], "experiment" in button) == ({"variant": "treatment"}, False)
    assert documents["experiment colour"] is None

    assert experiment.archived_at is not None
    later = experiment.archived_at.replace(year=experiment.archived_at.year + 1)
    assert len(list(prune(list_archived(before=later)))) == 1
    assert revision_of(staging) == before + 1
