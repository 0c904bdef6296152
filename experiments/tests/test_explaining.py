"""Why somebody is in a variant or in none: the layer, the holdout, the audience and the bucket are named."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from experiments.allocations import replace_allocations
from experiments.holdouts import create_holdout
from experiments.layers import create_layer
from experiments.life_cycle import move
from experiments.models import Experiment
from experiments.services import create_experiment
from flags.audiences import create_audience
from flags.models import Flag
from flags.services import archive_flag, update_config

Make = Callable[..., Experiment]
RULES = [{"conditions": [{"attribute": "country", "operator": "eq", "value": "US"}]}]
AMERICAN = {"country": "US"}


@pytest.fixture
def charlies(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    """A viewer's client: looking is for everybody."""
    return api(charlie)


def explained(client: APIClient, experiment: Experiment, user: Any = "alice", **context: Any) -> Any:
    answer = client.post(f"/api/experiments/{experiment.pk}/explain", {"userKey": user, "context": context})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_who_is_in_is_told_by_bucket_and_variant(
    charlies: APIClient, alice: User, staging: Environment, project: Project, started: Make
) -> None:
    create_layer(staging, by=alice, key="page")
    create_audience(staging, by=alice, key="testers", included=["alice"])
    create_holdout(project, by=alice, key="2026", percentage=0)
    experiment = started(layer="page", layer_share=10_000, audience="testers", targeting_rules=RULES)
    told = explained(charlies, experiment, **AMERICAN)
    variant, bucket = told["variant"], told["bucket"]
    assert variant["key"] == ("control" if bucket < 5000 else "treatment")
    assert variant["payload"] == {"color": variant["key"]}
    assert told["sentence"] == f"Bucket {bucket} has variant {variant['key']}."
    assert (told["audience"], told["layer"]["passed"]) == ({"key": "testers", "passed": True}, True)
    assert [(holdout["key"], holdout["passed"]) for holdout in told["holdouts"]] == [("2026", True)]
    assert told["trace"]["steps"][-1]["decided"] is True


def test_who_is_not_in_the_audience_is_told_so(
    charlies: APIClient, alice: User, staging: Environment, drafted: Make
) -> None:
    create_audience(staging, by=alice, key="inner", included=["bob"])
    create_audience(staging, by=alice, key="testers", rules=[{"when": {"operator": "in_audience", "value": "inner"}}])
    experiment = drafted(audience="testers")
    told = explained(charlies, experiment)
    assert (told["variant"], told["bucket"]) == (None, None)
    assert told["sentence"] == "The user is not in audience testers."
    assert explained(charlies, experiment, "bob")["audience"] == {"key": "testers", "passed": True}


def test_whom_no_rule_matches_is_told_so(charlies: APIClient, drafted: Make) -> None:
    told = explained(charlies, drafted(targeting_rules=RULES), country="CA")
    assert told["sentence"] == "None of the targeting rules matches."


def test_whom_a_holdout_keeps_out_is_told_which(
    charlies: APIClient, alice: User, project: Project, drafted: Make
) -> None:
    create_holdout(project, by=alice, key="2026", percentage=100)
    told = explained(charlies, drafted())
    [holdout] = told["holdouts"]
    assert (holdout["key"], holdout["passed"], told["variant"]) == ("2026", False, None)
    assert told["sentence"] == f"Holdout 2026 keeps the user out, by bucket {holdout['bucket']}."


def test_whom_the_layer_keeps_out_is_told_by_which_bucket(
    charlies: APIClient, alice: User, staging: Environment, drafted: Make
) -> None:
    create_layer(staging, by=alice, key="page")
    experiment = drafted(layer="page", layer_ranges=[[0, 0]])
    told = explained(charlies, experiment)
    assert told["layer"]["passed"] is False
    assert told["sentence"] == f"The experiment does not hold bucket {told['layer']['bucket']} of layer page."


def test_a_bucket_without_variant_is_told(charlies: APIClient, alice: User, drafted: Make) -> None:
    experiment = drafted()
    bucket = explained(charlies, experiment)["bucket"]
    ends = [(0, bucket - 1), (bucket + 1, 9999)]
    given = [{"variant_key": "control", "range_start": start, "range_end": end} for start, end in ends]
    replace_allocations(experiment, given, by=alice)
    told = explained(charlies, experiment)
    assert (told["variant"], told["bucket"], told["sentence"]) == (None, bucket, f"Bucket {bucket} has no variant.")


def test_without_a_key_there_is_no_bucket(charlies: APIClient, drafted: Make) -> None:
    told = explained(charlies, drafted(), None)
    assert (told["variant"], told["bucket"]) == (None, None)
    assert told["sentence"]


def test_on_a_flag_the_flags_own_trace_is_told(
    charlies: APIClient, alice: User, staging: Environment, button: Flag, started: Make
) -> None:
    experiment = started(flag="button")
    off = explained(charlies, experiment)
    assert (off["flag"], off["variant"]) == ("button", None)
    assert off["sentence"].startswith("Flag button answers before it asks the experiment")
    update_config(button, staging, by=alice, is_enabled=True)
    told = explained(charlies, experiment)
    assert told["variant"]["key"] in ("control", "treatment")
    assert [step["step"] for step in told["trace"]["steps"]] == ["on", "experiment"]


def test_the_flag_tells_its_experiment_with_its_audience(
    charlies: APIClient, alice: User, staging: Environment, button: Flag, started: Make
) -> None:
    create_audience(staging, by=alice, key="testers", included=["alice"])
    started(flag="button", audience="testers")
    update_config(button, staging, by=alice, is_enabled=True)
    told = charlies.post("/flags/button/explain", {"environment_key": "staging", "user_id": "alice"}).json()
    assert told["answer"]["experiment"] == "button-color"


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "ARCHIVED"])
def test_one_that_does_not_run_is_explained_as_if_it_ran(
    charlies: APIClient, alice: User, staging: Environment, button: Flag, drafted: Make, status: str
) -> None:
    experiment = drafted(flag="button")
    update_config(button, staging, by=alice, is_enabled=True)
    for step in ["RUNNING", status] if status != "DRAFT" else []:
        move(experiment, step, by=alice)
    told = explained(charlies, experiment)
    assert (told["status"], told["variant"]["key"] in ("control", "treatment")) == (status, True)


def test_one_that_is_not_ready_says_what_is_missing(
    charlies: APIClient, alice: User, staging: Environment, button: Flag, drafted: Make
) -> None:
    empty = create_experiment(staging, by=alice, key="empty")
    experiment = drafted(flag="button")
    archive_flag(button, by=alice)
    for one, missing in ((empty, "two variants"), (experiment, "button is archived")):
        refused = charlies.post(f"/experiments/{one.pk}/explain", {"user_key": "alice"})
        assert (refused.status_code, missing in refused.json()["message"]) == (422, True)


@pytest.mark.parametrize(("field", "value"), [("user_key", [7]), ("user_key", True), ("context", "US"), ("user", "a")])
def test_bad_questions_are_refused(charlies: APIClient, drafted: Make, field: str, value: Any) -> None:
    refused = charlies.post(f"/experiments/{drafted().pk}/explain", {field: value})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [field])


def test_asking_writes_nothing(charlies: APIClient, written: Callable[[], int], drafted: Make) -> None:
    experiment = drafted()
    before = written()
    explained(charlies, experiment)
    assert written() == before
