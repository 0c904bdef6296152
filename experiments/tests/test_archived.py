"""What has started keeps its deal, and what is archived stays as it is, readable."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from experiments.documents import documents, rules_on_flags
from experiments.life_cycle import conclude, move
from experiments.models import Experiment
from experiments.tests.conftest import HALVES
from flags.models import Flag, FlagConfig
from flags.services import create_flag

Make = Callable[..., Experiment]


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED"])
@pytest.mark.parametrize(("field", "value"), [("salt", "another"), ("algorithm", "unleash"), ("flag", "button")])
def test_what_would_deal_users_anew_is_refused_once_it_has_started(
    bobs: APIClient, alice: User, button: Flag, started: Make, status: str, field: str, value: str
) -> None:
    experiment = started()
    if status == "PAUSED":
        move(experiment, status, by=alice)
    refused = bobs.patch(f"/experiments/{experiment.pk}", {field: value})
    assert (refused.status_code, refused.json()["code"]) == (409, "experiment_started")
    assert field in refused.json()["message"]
    before = (experiment.salt, experiment.algorithm, None)
    experiment.refresh_from_db()
    assert (experiment.salt, experiment.algorithm, experiment.flag) == before


def test_a_draft_takes_another_salt_and_algorithm(bobs: APIClient, drafted: Make) -> None:
    path = f"/experiments/{drafted().pk}"
    changed = bobs.patch(path, {"salt": "a salt of elsewhere", "algorithm": "unleash"}).json()
    assert (changed["salt"], changed["algorithm"]) == ("a salt of elsewhere", "unleash")
    assert bobs.patch(f"{path}/status", {"status": "RUNNING"}).status_code == 200
    assert bobs.patch(path, {"salt": "a salt of elsewhere"}).status_code == 200


def test_who_takes_part_may_change_while_it_runs(bobs: APIClient, started: Make) -> None:
    rules = [{"conditions": [{"attribute": "plan", "operator": "eq", "value": "pro"}]}]
    changed = bobs.patch(f"/experiments/{started().pk}", {"targetingRules": rules, "hypothesis": "Green sells."})
    assert (changed.status_code, changed.json()["status"]) == (200, "RUNNING")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"name": "New."}),
        ("PATCH", "", {"targeting_rules": []}),
        ("PUT", "/allocations", {"allocations": HALVES[:1]}),
        ("POST", "/variants", {"key": "third"}),
        ("PATCH", "/variants/control", {"name": "New."}),
        ("DELETE", "/variants/control", None),
        ("POST", "/variants/bulk", {"delete": ["control"]}),
        ("POST", "/conclude", {"variant": "control"}),
    ],
)
def test_an_archived_experiment_stays_as_it_is(
    bobs: APIClient, written: Callable[[], int], alice: User, started: Make, method: str, path: str, body: Any
) -> None:
    experiment = move(started(), "ARCHIVED", by=alice)
    before = written()
    refused = getattr(bobs, method.lower())(f"/experiments/{experiment.pk}{path}", body)
    assert (refused.status_code, refused.json()["code"], written()) == (409, "experiment_archived", before)


@pytest.mark.parametrize("status", list(Experiment.Status.values))
def test_an_archived_experiment_goes_nowhere(bobs: APIClient, alice: User, drafted: Make, status: str) -> None:
    experiment = move(drafted(), "ARCHIVED", by=alice)
    refused = bobs.patch(f"/experiments/{experiment.pk}/status", {"status": status})
    assert (refused.status_code, refused.json()["code"]) == (422, "move_not_possible")


def test_an_archived_experiment_is_served_no_more_and_stays_readable(
    bobs: APIClient, alice: User, staging: Environment, button: Flag, started: Make
) -> None:
    experiment = started(flag="button")
    assert documents(staging, ["button-color"])
    assert rules_on_flags(staging, ["button"])
    conclude(experiment, "treatment", by=alice)
    assert not documents(staging, ["button-color"])
    assert not rules_on_flags(staging, ["button"])
    shown = bobs.get("/experiments/button-color?environment_key=staging").json()
    assert (shown["status"], shown["winner"], shown["possible_moves"]) == ("ARCHIVED", "treatment", [])
    assert len(shown["variants"]) == len(shown["allocations"]) == 2


def test_a_conclusion_over_http(bobs: APIClient, staging: Environment, button: Flag, started: Make) -> None:
    experiment = started(flag="button")
    winner = str(experiment.variants.get(key="treatment").pk)
    done = bobs.post(f"/experiments/{experiment.pk}/conclude", {"variant": winner})
    assert (done.status_code, done.json()["winner"]) == (200, "treatment")
    assert FlagConfig.objects.get(flag=button, environment=staging).serve == {"variant": "treatment"}


@pytest.mark.parametrize(("winner", "share"), [("on", 100), ("off", 0)])
def test_a_percentage_flag_is_for_everybody_or_nobody_after_it(
    alice: User, staging: Environment, drafted: Make, winner: str, share: int
) -> None:
    half = {"rollout_percentage": 50, "is_enabled": True}
    flag = create_flag(staging.project, by=alice, key="share", flag_type="percentage", environment=staging, config=half)
    experiment = drafted()
    for old, new in (("control", "off"), ("treatment", "on")):
        variant = experiment.variants.get(key=old)
        variant.key = new
        variant.save()
    experiment.flag = flag
    experiment.save()
    conclude(move(experiment, "RUNNING", by=alice), winner, by=alice)
    assert FlagConfig.objects.get(flag=flag, environment=staging).rollout_percentage == share


@pytest.mark.parametrize(
    ("status", "variant", "code", "answer"),
    [("DRAFT", "control", "move_not_possible", 422), ("RUNNING", "nobody", "variant_not_found", 404)],
)
def test_what_cannot_be_concluded_stays(
    bobs: APIClient,
    written: Callable[[], int],
    drafted: Make,
    started: Make,
    status: str,
    variant: str,
    code: str,
    answer: int,
) -> None:
    experiment = drafted() if status == "DRAFT" else started()
    before = written()
    refused = bobs.post(f"/experiments/{experiment.pk}/conclude", {"variant": variant})
    assert (refused.status_code, refused.json()["code"], written()) == (answer, code, before)


def test_what_its_flag_lacks_is_named_before_it_starts(bobs: APIClient, button: Flag, drafted: Make) -> None:
    path = f"/experiments/{drafted(flag='button').pk}"
    bobs.post(f"{path}/variants", {"key": "third"})
    refused = bobs.patch(f"{path}/status", {"status": "RUNNING"})
    assert (refused.status_code, "no variant third" in refused.json()["message"]) == (422, True)
