"""A past revision is given back exactly as it was served, whatever happened since."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from rest_framework.test import APIClient

from accounts.changes import change
from accounts.models import Environment, Project, User
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.models import Publication
from evaluation.snapshot import Address, Snapshot
from evaluation.store import Store
from experiments.holdouts import create_holdout, update_holdout
from experiments.layers import create_layer
from experiments.life_cycle import move
from experiments.models import Experiment
from experiments.services import update_experiment
from flagkit.engine import Context
from flags.audiences import create_audience, update_audience
from flags.services import create_flag, delete_flag, update_config

pytestmark = pytest.mark.django_db(transaction=True)
PAYERS = [{"id": "pro", "when": {"attribute": "plan", "operator": "eq", "value": "pro"}}]
GUESTS = [{"id": "free", "when": {"attribute": "plan", "operator": "eq", "value": "free"}}]
HALVES = {"split": [{"variant": "control", "weight": 50}, {"variant": "treatment", "weight": 50}]}
COLOURS = [{"key": "control", "value": "blue"}, {"key": "treatment", "value": "green"}]


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


@pytest.fixture
def lived(
    project: Project, staging: Environment, alice: User, started: Callable[..., Experiment], follower: Follower
) -> list[Snapshot]:
    """What a process served in staging after each change of a life with everything in it."""
    served: list[Snapshot] = []
    for _ in _life(project, staging, alice, started):
        follower.follow()
        found = follower.store.find("", "staging")
        assert found
        served.append(found)
    return served


def _life(project: Project, staging: Environment, alice: User, started: Callable[..., Experiment]) -> Iterator[None]:
    audience = create_audience(staging, by=alice, key="testers", included=["user-1"], rules=PAYERS)
    yield
    flag = create_flag(project, by=alice, key="button", flag_type="string", variants=COLOURS)
    update_config(flag, staging, by=alice, is_enabled=True, serve=HALVES)
    yield
    create_flag(project, by=alice, key="fleeting")
    yield
    create_holdout(project, by=alice, key="2026", percentage=5)
    create_layer(staging, by=alice, key="checkout")
    started("alone", layer="checkout", layer_share=4000, audience="testers", algorithm="experiments-murmur3")
    on_flag = started("on-flag", flag="button", targeting_rules=[{"id": "pro", "conditions": [PAYERS[0]["when"]]}])
    yield
    update_audience(audience, by=alice, excluded=["user-2"], rules=GUESTS)
    yield
    update_experiment(on_flag, by=alice, targeting_rules=[])
    update_holdout(project.holdouts.get(), by=alice, percentage=50)
    yield
    move(on_flag, "PAUSED", by=alice)
    delete_flag(project.flags.get(key="fleeting"), by=alice)
    yield


def rebuilt(answer: dict[str, Any]) -> Snapshot:
    """A snapshot of nothing but what the API says."""
    texts = {("flag", key): document for key, document in answer["flags"].items()}
    texts |= {("audience", key): document for key, document in answer["audiences"].items()}
    texts |= {("experiment", each["key"]): _document(each) for each in answer["experiments"]}
    where = answer["environment"]
    address = Address(where["id"], where["project"], where["key"], where["name"], allows_keyless=True)
    return Snapshot(address).advanced(answer["version"], {name: orjson.dumps(d).decode() for name, d in texts.items()})


def _document(experiment: dict[str, Any]) -> dict[str, Any]:
    ranges: dict[str, list[list[int]]] = {}
    for each in experiment["allocations"]:
        ranges.setdefault(each["variant_key"], []).append([each["range_start"], each["range_end"]])
    left_out = ("audience_rules", "targeting_rules", "allocations")
    return {
        "schema": 1,
        "kind": "experiment",
        **{name: value for name, value in experiment.items() if name not in left_out},
        "rules": experiment["targeting_rules"],
        "allocations": [{"variant": key, "ranges": pairs} for key, pairs in ranges.items()],
    }


def answers(snapshot: Snapshot, context: Context) -> Any:
    flags = {key: outcome.value for key, outcome in snapshot.ruleset.evaluate_all(context).items()}
    return flags, sorted(snapshot.running.assignments(context, snapshot.ruleset))


def contexts() -> Iterator[Context]:
    chance = random.Random(4)
    for at in range(400):
        yield Context(f"user-{at}", {"plan": chance.choice(["pro", "free"])})


def test_every_revision_answers_as_it_did(reader: APIClient, lived: list[Snapshot]) -> None:
    assert len(lived) == 7
    distinct = set()
    for then in lived:
        answer = reader.get(f"/api/environments/staging/revisions/{then.revision}").json()
        again = rebuilt(answer)
        assert (answer["version"], set(again.texts)) == (then.revision, set(then.texts))
        given = [answers(then, context) for context in contexts()]
        assert given == [answers(again, context) for context in contexts()]
        distinct.add(str(given))
    assert len(distinct) == len(lived)


def test_documents_are_given_as_they_were_published(reader: APIClient, lived: list[Snapshot]) -> None:
    for then in lived:
        answer = reader.get(f"/api/environments/staging/revisions/{then.revision}").json()
        for kind, shown in (("flag", answer["flags"]), ("audience", answer["audiences"])):
            assert shown == {key: orjson.loads(text) for (of, key), text in then.texts.items() if of == kind}


def test_an_experiment_is_shown_with_all_that_decides(
    reader: APIClient, lived: list[Snapshot], staging: Environment
) -> None:
    [alone] = reader.get(f"/api/environments/staging/revisions/{lived[-1].revision}").json()["experiments"]
    row = Experiment.objects.get(key="alone")
    control, treatment = row.variants.all()
    assert (alone["id"], alone["salt"], alone["algorithm"], alone["flag"]) == (
        str(row.pk),
        row.salt,
        "experiments-murmur3",
        None,
    )
    assert alone["variants"] == [{"id": str(v.pk), "key": v.key, "payload": v.payload} for v in (control, treatment)]
    assert alone["allocations"] == [
        {"variant_id": str(control.pk), "variant_key": "control", "range_start": 0, "range_end": 4999},
        {"variant_id": str(treatment.pk), "variant_key": "treatment", "range_start": 5000, "range_end": 9999},
    ]
    assert (alone["audience"], alone["audience_rules"]) == ("testers", GUESTS)
    assert [each["ranges"] for each in alone["holdouts"]] == [[[0, 4999]]]
    assert alone["layer"]["key"] == "checkout"


def test_rules_of_the_audience_are_those_of_then(reader: APIClient, lived: list[Snapshot]) -> None:
    shown = reader.get(f"/api/environments/staging/revisions/{lived[3].revision}").json()["experiments"]
    assert [each["key"] for each in shown] == ["alone", "on-flag"]
    assert [rule["id"] for rule in shown[0]["audience_rules"]] == ["pro"]
    assert (shown[1]["audience"], shown[1]["audience_rules"]) == (None, [])
    assert shown[1]["targeting_rules"] == [{"id": "pro", "conditions": [PAYERS[0]["when"]]}]


def test_who_published_it_and_when(reader: APIClient, alice: User, lived: list[Snapshot], staging: Environment) -> None:
    answer = reader.get("/api/environments/staging/revisions/1").json()
    at = Publication.objects.get(environment_id=staging.pk, revision=1).at
    assert (answer["published_by"], answer["published_at"]) == (alice.email, at.isoformat().replace("+00:00", "Z"))
    assert answer["environment"] == {
        "id": str(staging.pk),
        "key": "staging",
        "name": "Staging",
        "project": "default",
    }


def test_before_the_first_revision_there_was_nothing(reader: APIClient, staging: Environment) -> None:
    answer = reader.get("/api/environments/staging/revisions/0").json()
    assert (answer["version"], answer["published_at"], answer["published_by"]) == (0, None, None)
    assert (answer["flags"], answer["audiences"], answer["experiments"]) == ({}, {}, [])


def test_an_experiment_that_is_broken_is_left_out_as_it_is_from_answers(
    reader: APIClient, started: Callable[..., Experiment]
) -> None:
    started("broken")
    started("whole")
    Publication.objects.filter(key="broken").update(document='{"schema": 1, "kind": "experiment"')
    answer = reader.get("/api/environments/staging/revisions/2").json()
    assert [each["key"] for each in answer["experiments"]] == ["whole"]


def test_many_changes_in_one_transaction_are_given_as_one(
    reader: APIClient, project: Project, staging: Environment, alice: User
) -> None:
    with change(by=alice):
        create_audience(staging, by=alice, key="testers")
        create_flag(project, by=alice, key="checkout")
    answer = reader.get("/api/environments/staging/revisions/1").json()
    assert (list(answer["flags"]), list(answer["audiences"])) == (["checkout"], ["testers"])
