"""OpenFeature's own SDK asks our provider, and hears what happens to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ProviderFatalError, ProviderNotReadyError
from openfeature.provider import ProviderStatus
from openfeature.track import TrackingEventDetails

from flagkit.client import Client
from flagkit.openfeature import Provider
from flagkit.testing import recorded
from flagkit.tests import wire
from flagkit.tests.documents import about, audience, experiment, flag, rule
from tests.sdk.conftest import edit
from tests.sdk.line import Line
from tests.sdk.snapshots import QUICK, Snapshots
from tests.servers import Server, wait_for


def typed(key: str, kind: str, value: Any) -> dict[str, Any]:
    return flag(key, type=kind, variants=[{"key": "v", "value": value}], off_variant=None, serve={"variant": "v"})


DOCUMENTS = [
    flag("on", serve={"variant": "on"}),
    typed("red", "string", "red"),
    typed("three", "number", 3),
    typed("three-point-oh", "number", 3.0),
    typed("half", "number", 0.5),
    typed("huge", "number", 10**400),
    typed("object", "object", {"a": [1]}),
    flag("off", enabled=False, off_variant=None),
    flag("pro", rules=[rule(about("in", ["pro"], attribute="plan"))]),
    flag("new", rules=[rule(about("after", "2026-01-01", attribute="since"))]),
    flag("broken", serve={"variant": "nothing"}),
    audience(included=["alice"]),
    experiment("button", 10_000),
    experiment("red", 10_000),  # whose key a flag has too
    experiment("on-a-flag", 10_000, flag="on"),
]


@pytest.fixture(autouse=True)
def _no_provider_before_or_after() -> Iterator[None]:
    api.clear_providers()
    yield
    api.clear_providers()


@pytest.fixture
def asking() -> OpenFeatureClient:
    api.set_provider_and_wait(Provider(Client.from_documents(DOCUMENTS)))
    return api.get_client()


def test_each_type_is_answered(asking: OpenFeatureClient) -> None:
    assert asking.get_boolean_value("on", False) is True
    assert asking.get_string_value("red", "x") == "red"
    assert asking.get_integer_value("three", 0) == 3
    assert asking.get_float_value("half", 0.0) == 0.5
    assert asking.get_object_value("object", {}) == {"a": [1]}


def test_whole_numbers_and_floats_stand_for_each_other_where_nothing_is_lost(asking: OpenFeatureClient) -> None:
    whole, real = asking.get_integer_value("three-point-oh", 0), asking.get_float_value("three", 0.0)
    assert (whole, type(whole), real, type(real)) == (3, int, 3.0, float)
    assert asking.get_integer_details("half", 7).error_code == "TYPE_MISMATCH"
    assert asking.get_float_details("huge", 1.5).value == 1.5


def test_an_answer_carries_variant_reason_and_what_decided(asking: OpenFeatureClient) -> None:
    found = asking.get_boolean_details("pro", False, EvaluationContext("u1", {"plan": "pro"}))
    assert (found.value, found.variant, found.reason) == (True, "on", "TARGETING_MATCH")
    assert (found.flag_metadata["revision"], found.flag_metadata["rule"]) == (0, "r1")


def test_instants_in_the_context_are_understood(asking: OpenFeatureClient) -> None:
    context = EvaluationContext("u1", {"since": datetime(2026, 5, 1, tzinfo=UTC)})
    assert asking.get_boolean_value("new", False, context) is True


@pytest.mark.parametrize(
    ("key", "ask", "code"),
    [
        ("nothing", "boolean", "FLAG_NOT_FOUND"),
        ("red", "boolean", "TYPE_MISMATCH"),
        ("on", "string", "TYPE_MISMATCH"),
        ("on", "integer", "TYPE_MISMATCH"),
        ("broken", "boolean", "PARSE_ERROR"),
    ],
)
def test_an_error_gives_the_default_with_its_code(asking: OpenFeatureClient, key: str, ask: str, code: str) -> None:
    default: Any = {"boolean": True, "string": "mine", "integer": 5}[ask]
    found = getattr(asking, f"get_{ask}_details")(key, default)
    assert (found.value, found.reason, found.error_code) == (default, "ERROR", code)
    assert found.error_message


def test_a_flag_that_is_off_without_a_variant_gives_the_default(asking: OpenFeatureClient) -> None:
    found = asking.get_boolean_details("off", True)
    assert (found.value, found.reason, found.error_code) == (True, "DISABLED", None)


def test_a_key_that_is_no_text_is_an_invalid_context(asking: OpenFeatureClient) -> None:
    assert asking.get_boolean_details("on", False, EvaluationContext("\ud800")).error_code == "INVALID_CONTEXT"


def test_what_is_tracked_is_a_metric_event_of_the_targeting_key(asking: OpenFeatureClient) -> None:
    with recorded() as events:
        asking.track("bought", EvaluationContext("u1", {"plan": "pro"}), TrackingEventDetails(9.5, {"currency": "EUR"}))
        asking.track("left", EvaluationContext("u1"))
        asking.track("nobody did it")
    bought, left = events
    assert (bought["name"], bought["user_key"], bought["value"]) == ("bought", "u1", 9.5)
    assert (bought["attributes"], left["name"], "value" in left) == ({"currency": "EUR"}, "left", False)


@pytest.mark.parametrize(("exposes", "expected"), [(True, [("button", "red")]), (False, [])])
def test_exposures_are_told_where_the_provider_was_asked_to(exposes: bool, expected: list[tuple[str, str]]) -> None:
    api.set_provider_and_wait(Provider(Client.from_documents(DOCUMENTS), track_exposures=exposes))
    with recorded() as events:
        api.get_client().get_object_value("button", {}, EvaluationContext("alice"))
        api.get_client().get_string_value("red", "x", EvaluationContext("alice"))
    assert [(event["experiment"], event["variant"]) for event in events] == expected


def test_without_data_in_time_it_is_not_ready_and_defaults_answer() -> None:
    provider = Provider(Client("http://127.0.0.1:9", "key", "production"), timeout=0.1)
    with pytest.raises(ProviderNotReadyError):
        api.set_provider_and_wait(provider)
    asking = api.get_client()
    assert asking.get_provider_status() is ProviderStatus.ERROR
    assert asking.get_boolean_value("on", True) is True


def test_a_refused_key_is_fatal_until_the_server_accepts_it() -> None:
    with Snapshots([flag("on", serve={"variant": "on"})], status=401) as server:
        with pytest.raises(ProviderFatalError):
            api.set_provider_and_wait(Provider(Client(server.url, "key", "staging", options=QUICK), timeout=15))
        asking = api.get_client()
        assert asking.get_provider_status() is ProviderStatus.FATAL
        server.status = 200
        wait_for(lambda: asking.get_provider_status() is ProviderStatus.READY, seconds=15)
        assert asking.get_boolean_value("on", False) is True


def test_a_key_that_is_revoked_is_told_as_an_error_and_the_last_good_answers_go_on() -> None:
    heard: list[EventDetails] = []
    api.add_handler(ProviderEvent.PROVIDER_ERROR, heard.append)
    with Snapshots([flag("on", serve={"variant": "on"})]) as server:
        api.set_provider_and_wait(Provider(Client(server.url, "key", "staging", options=QUICK), timeout=15))
        server.status = 401
        wait_for(lambda: heard, seconds=15)
        asking = api.get_client()
        assert asking.get_provider_status() is ProviderStatus.ERROR
        assert "401" in (heard[0].message or "")
        assert asking.get_boolean_value("on", False) is True


def test_a_change_of_an_audience_names_every_flag_and_experiment() -> None:
    heard: list[EventDetails] = []
    api.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, heard.append)
    documents = [flag("on"), experiment("button")]
    with Snapshots([*documents, audience(included=["alice"])]) as server:
        api.set_provider_and_wait(Provider(Client(server.url, "key", "staging", options=QUICK), timeout=15))
        server.body = wire.body(*documents, audience(included=["bob"]), revision=8)
        wait_for(lambda: ["button", "on"] in [details.flags_changed for details in heard], seconds=15)


@pytest.mark.server
def test_events_tell_of_changes_of_staleness_and_of_being_back(
    server: Server, line: Line, client_of: Callable[..., Client]
) -> None:
    heard: list[tuple[ProviderEvent, EventDetails]] = []
    for event in ProviderEvent:
        api.add_handler(event, lambda details, event=event: heard.append((event, details)))  # type: ignore[misc]
    api.set_provider_and_wait(Provider(client_of()))
    asking = api.get_client()
    edit(server, "PUT", "flags/checkout", is_enabled=True, rollout_percentage=100)
    wait_for(lambda: asking.get_boolean_value("checkout", False, EvaluationContext("u1")), seconds=15)
    line.lead_nowhere()
    wait_for(lambda: asking.get_provider_status() is ProviderStatus.STALE, seconds=15)
    assert asking.get_boolean_value("checkout", False, EvaluationContext("u1")) is True
    line.refuses = b""
    wait_for(lambda: asking.get_provider_status() is ProviderStatus.READY, seconds=15)
    assert (ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, ["checkout"]) in [(e, d.flags_changed) for e, d in heard]


@pytest.mark.server
def test_a_provider_that_is_shut_down_closes_its_client(server: Server, client_of: Callable[..., Client]) -> None:
    client = client_of()
    api.set_provider_and_wait(Provider(client))
    api.shutdown()
    assert client.status.state == "CLOSED"


def test_an_experiment_on_no_flag_is_an_object_flag(asking: OpenFeatureClient) -> None:
    found = asking.get_object_details("button", {}, EvaluationContext("alice"))
    assert (found.value, found.variant, found.reason) == ({"color": "red"}, "red", "SPLIT")
    assert found.flag_metadata["experiment"] == "button"
    assert asking.get_boolean_details("button", False, EvaluationContext("alice")).error_code == "TYPE_MISMATCH"


def test_a_flag_goes_before_an_experiment_of_its_key(asking: OpenFeatureClient) -> None:
    assert asking.get_string_value("red", "x", EvaluationContext("alice")) == "red"


def test_an_experiment_on_a_flag_is_asked_by_the_flag_alone(asking: OpenFeatureClient) -> None:
    assert asking.get_object_details("on-a-flag", {}, EvaluationContext("alice")).error_code == "FLAG_NOT_FOUND"
