"""A client assigns users to the running experiments, and never raises."""

from typing import Any

import pytest

from flagkit.client import Client, Kind
from flagkit.client.options import Options
from flagkit.engine import Reason
from flagkit.tests.documents import experiment, flag, layer

RED_FOR_ALL = experiment("button", 10_000)


@pytest.fixture
def client() -> Client:
    outside = experiment("outside", layer={**layer(0, 0), "ranges": []})
    return Client.from_documents([RED_FOR_ALL, outside, flag("checkout")])


def test_an_assignment_names_experiment_and_variant_and_carries_the_payload(client: Client) -> None:
    assert client.decide("alice") == [
        {
            "experiment_key": "button",
            "experiment_id": "id-of-button",
            "variant_key": "red",
            "variant_id": "button-red",
            "payload": {"color": "red"},
        }
    ]


def test_a_whole_number_is_a_user_too(client: Client) -> None:
    assert client.decide(7) == client.decide("7") != []


def test_assignments_are_the_callers_own(client: Client) -> None:
    client.decide("alice")[0]["payload"]["color"] = "mine"
    assert client.decide("alice")[0]["payload"] == {"color": "red"}


@pytest.mark.parametrize("user", ["", "\ud800", None])
def test_who_is_nobody_is_in_no_experiment(client: Client, user: Any) -> None:
    assert client.decide(user) == []


@pytest.mark.parametrize("context", ["plan", 7, [1]])
def test_a_context_that_is_none_harms_nothing(client: Client, context: Any) -> None:
    assert client.decide("alice", context) in ([], client.decide("alice"))


def test_without_data_there_are_no_assignments() -> None:
    with Client("http://127.0.0.1:9", "fp_server_x", "staging", options=Options(streaming=False)) as client:
        assert client.decide("alice") == []


def test_a_single_experiment_answers_as_a_flag_of_its_payloads(client: Client) -> None:
    found = client.assigned("button", "alice", {}, kind=Kind.OBJECT)
    assert (found.value, found.variant, found.reason) == ({"color": "red"}, "red", Reason.SPLIT)
    assert found.experiment == "button"


def test_who_is_not_in_a_single_experiment_gets_the_default(client: Client) -> None:
    found = client.assigned("outside", "alice", {"color": "mine"})
    assert (found.value, found.variant, found.error) == ({"color": "mine"}, None, None)


@pytest.mark.parametrize("key", ["checkout", "nothing"])
def test_what_is_no_running_experiment_is_not_found(client: Client, key: str) -> None:
    assert client.assigned(key, "alice").error == "FLAG_NOT_FOUND"
