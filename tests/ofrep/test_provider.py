"""OpenFeature's own provider for Python gets every type, reason and error from a real server."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

from tests.sdk.conftest import issue_key
from tests.servers import Installation, Server
from tests.wire import Wire, request

pytestmark = pytest.mark.server
ALICE = EvaluationContext("alice", {"plan": "pro"})
FREE = EvaluationContext("alice", {"plan": "free"})


def client_of(server: Server, **headers: str) -> OpenFeatureClient:
    api.set_provider_and_wait(OFREPProvider(server.url, headers_factory=lambda: headers))
    return api.get_client()


@pytest.fixture(autouse=True)
def _no_provider_before_or_after() -> Iterator[None]:
    api.clear_providers()
    yield
    api.clear_providers()


@pytest.fixture
def asking(server: Server, key: str) -> OpenFeatureClient:
    return client_of(server, Authorization=f"Bearer {key}")


def test_each_type_is_answered(asking: OpenFeatureClient) -> None:
    assert asking.get_boolean_value("checkout", False) is True
    assert asking.get_string_value("text", "x") == "grüße"
    assert asking.get_integer_value("whole", 0) == 3
    assert (asking.get_float_value("float", 0.0), asking.get_float_value("half", 0.0)) == (2.0, 0.5)
    assert asking.get_object_value("object", {}) == {"a": [1]}


@pytest.mark.parametrize(
    ("flag", "context", "reason"),
    [
        ("checkout", None, "STATIC"),
        ("off", None, "DISABLED"),
        ("ruled", ALICE, "TARGETING_MATCH"),
        ("ruled", FREE, "DEFAULT"),
        ("share", ALICE, "SPLIT"),
    ],
)
def test_each_reason_is_told(asking: OpenFeatureClient, flag: str, context: Any, reason: str) -> None:
    details = asking.get_boolean_details(flag, False, context)
    assert (details.reason, details.error_code) == (reason, None)
    assert details.flag_metadata["revision"] >= 1


def test_details_name_rule_bucket_and_variant(asking: OpenFeatureClient) -> None:
    ruled, share = (asking.get_boolean_details(flag, True, ALICE) for flag in ("ruled", "share"))
    assert (ruled.variant, ruled.value) == ("off", False)
    assert ruled.flag_metadata["ruleId"]
    assert 0 <= share.flag_metadata["bucket"] < 100_000  # type: ignore[operator]


def test_the_default_applies_where_the_flag_leaves_it_to_the_caller(asking: OpenFeatureClient) -> None:
    details = asking.get_string_details("default", "mine")
    assert (details.value, details.variant, details.reason, details.error_code) == ("mine", None, "DISABLED", None)


@pytest.mark.parametrize(
    ("flag", "code"), [("gone", "FLAG_NOT_FOUND"), ("gr%C3%BC", "FLAG_NOT_FOUND"), ("share", "TARGETING_KEY_MISSING")]
)
def test_each_error_is_told(asking: OpenFeatureClient, flag: str, code: str) -> None:
    details = asking.get_boolean_details(flag, True)
    assert (details.value, details.reason, details.error_code) == (True, "ERROR", code)


def test_another_type_is_a_mismatch(asking: OpenFeatureClient) -> None:
    assert asking.get_string_details("checkout", "x").error_code == "TYPE_MISMATCH"
    assert asking.get_integer_details("float", 7).error_code == "TYPE_MISMATCH"


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "unauthorized"), ({"X-API-Key": "fp_server_wrong"}, "unauthorized")],
)
def test_without_a_good_key_nothing_is_told(server: Server, headers: dict[str, str], message: str) -> None:
    details = client_of(server, **headers).get_boolean_details("checkout", False)
    assert (details.value, details.error_code, details.error_message) == (False, "GENERAL", message)


def test_a_client_key_is_told_what_is_for_it(server: Server, installation: Installation) -> None:
    asking = client_of(server, **{"X-API-Key": issue_key(server, installation, "client", "web")})
    assert asking.get_boolean_value("visible", False) is True
    assert asking.get_boolean_details("checkout", False).error_code == "FLAG_NOT_FOUND"


@pytest.mark.parametrize("target", ["/ofrep/v1/nothing", "/ofrep", "/ofrep/", "/ofrep/v1/evaluate/flags?x=%FF"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_nothing_below_ofrep_reaches_the_pages(server: Server, target: str, method: str) -> None:
    answer = requests.request(method, server.url + target, timeout=10)
    assert answer.status_code in (400, 404, 405)
    assert {"errorCode", "errorDetails"} <= answer.json().keys()


def test_a_raw_key_breaks_nothing(server: Server, key: str) -> None:
    sent = request("/ofrep/v1/evaluate/flags/gr\u00fc\u00dfe", f"X-API-Key: {key}", method="POST")
    with Wire(server.port) as wire:
        assert wire.send(sent).answer().status in (400, 404)
