"""A client answers with the flag's value or with the caller's default, says why, and never raises."""

import re
import threading
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flagkit.client import BadConfiguration, Client, State
from flagkit.client.options import Options
from flagkit.engine import Context, compile_ruleset
from flagkit.engine.explaining import answer_of
from flagkit.tests import chance
from flagkit.tests.documents import ROLLOUT, about, audience, colors, flag, rule

NOBODY_LISTENS = "http://127.0.0.1:9"


def typed(key: str, kind: str, value: Any) -> dict[str, Any]:
    return flag(key, type=kind, variants=[{"key": "v", "value": value}], off_variant=None, serve={"variant": "v"})


@pytest.fixture
def client() -> Client:
    return Client.from_documents(
        [
            flag("boolean", serve={"variant": "on"}),
            typed("string", "string", "red"),
            typed("number", "number", 2.5),
            typed("whole", "number", 3),
            typed("object", "object", {"a": [1]}),
            flag("off", enabled=False, off_variant=None),
            flag("share", serve=ROLLOUT),
            flag("plan", rules=[rule(about("in", ["pro"], attribute="plan"))]),
            flag("alice", rules=[rule({"operator": "in_audience", "value": "beta"})]),
            audience(included=["alice"]),
        ]
    )


def test_each_type_is_answered(client: Client) -> None:
    assert client.boolean("boolean") is True
    assert client.string("string", default="x") == "red"
    assert (client.number("number"), client.number("whole")) == (2.5, 3)
    assert client.object("object") == {"a": [1]}


@pytest.mark.parametrize(
    ("kind", "default"), [("boolean", True), ("string", "mine"), ("number", 42.0), ("object", {"mine": 1})]
)
def test_a_value_of_another_type_gives_the_default_and_says_so(client: Client, kind: Any, default: Any) -> None:
    own = {"number": {"number", "whole"}}.get(kind, {kind})
    for key in {"boolean", "string", "number", "whole", "object"} - own:
        assert getattr(client, kind)(key, "alice", default) == default
        found = client.evaluate(key, "alice", default, kind=kind)
        assert (found.value, found.variant, found.reason, found.error) == (default, None, "ERROR", "TYPE_MISMATCH")


def test_without_a_variant_the_default_applies_and_it_is_no_error(client: Client) -> None:
    found = client.evaluate("off", "alice", True)
    assert (found.value, found.variant, found.reason, found.error) == (True, None, "DISABLED", None)


def test_an_unknown_flag_gives_the_default(client: Client) -> None:
    found = client.evaluate("nothing", "alice", "mine")
    assert (found.value, found.error) == ("mine", "FLAG_NOT_FOUND")


def test_an_answer_says_what_decided(client: Client) -> None:
    found = client.evaluate("plan", {"targeting_key": "u1", "plan": "pro"})
    assert (found.value, found.variant, found.reason, found.rule) == (True, "on", "TARGETING_MATCH", "r1")
    assert (found.enabled, found.revision) == (True, 0)
    assert re.search(r"bucket \d+", client.evaluate("share", "alice").detail)


def test_an_experiment_on_a_flag_is_named() -> None:
    split = {"salt": "s", "buckets": 10_000, "arms": [{"variant": "on", "ranges": [[0, 10_000]]}]}
    client = Client.from_documents([flag(experiment=rule(id="button", serve={"split": split}))])
    found = client.evaluate("checkout", "alice")
    assert (found.value, found.variant, found.experiment) == (True, "on", "button")


@pytest.mark.parametrize(
    "subject",
    ["alice", {"targeting_key": "alice"}, {"targetingKey": "alice"}, Context("alice")],
    ids=["text", "mapping", "camel case", "context"],
)
def test_a_subject_may_be_said_in_four_ways(client: Client, subject: Any) -> None:
    assert client.boolean("alice", subject) is True
    assert client.boolean("alice", None) is False


def test_a_number_as_key_is_its_text() -> None:
    client = Client.from_documents([flag(targets=[{"variant": "on", "keys": ["7"]}])])
    assert (client.boolean("checkout", {"targeting_key": 7}), client.boolean("checkout", "7")) == (True, True)


@pytest.mark.parametrize(
    "subject", ["\ud800", 5, ["alice"], {"targeting_key": ["alice"]}, {"targeting_key": True}, b"a"]
)
def test_a_subject_that_is_none_gives_the_default(client: Client, subject: Any) -> None:
    found = client.evaluate("boolean", subject, "mine")
    assert (found.value, found.error) == ("mine", "INVALID_CONTEXT")


@pytest.mark.parametrize("key", ["", None, 5, [], {}, "\ud800", "x" * 100_000, object()])
def test_a_key_that_is_none_gives_the_default(client: Client, key: Any) -> None:
    assert client.evaluate(key, "alice", "mine").value == "mine"
    assert client.boolean(key, "alice", True) is True


class Hostile(dict[str, Any]):
    """Raises whatever is asked of it."""

    def get(self, *_: Any) -> Any:
        raise RuntimeError("no")

    __getitem__ = get


def test_nothing_that_a_caller_hands_in_raises(client: Client) -> None:
    random = Random(5)
    keys = list(client.flag_keys())
    for _ in range(3_000):
        context = chance.context(random, strange=True)
        subject = {**context.attributes, "targeting_key": random.choice([context.key, 7, None, [], 1j])}
        assert client.evaluate(random.choice(keys), subject, "mine") is not None
    assert client.evaluate("plan", Hostile(), "mine").value == "mine"
    assert client.boolean("plan", Hostile(), True) is True
    client.evaluate_all(Hostile())


def test_it_answers_as_the_engine_does() -> None:
    random = Random(6)
    for _ in range(50):
        documents = chance.documents(random)
        client, engine = Client.from_documents(documents), compile_ruleset(documents)[0]
        for _ in range(10):
            context = chance.context(random)
            context = context if context.now else Context(context.key, context.attributes, chance.NOW)
            found, expected = client.evaluate("flag", context), answer_of(engine.evaluate("flag", context))
            assert (found.variant, found.reason, found.error) == tuple(
                expected[name] for name in ("variant", "reason", "error")
            )


def test_what_a_caller_does_to_an_object_is_its_own_affair(client: Client) -> None:
    client.object("object")["a"].append(2)
    assert client.object("object") == {"a": [1]}


def test_all_flags_are_answered_at_once(client: Client) -> None:
    found = client.evaluate_all("alice")
    assert found.keys() == client.flag_keys()
    assert (found["alice"].value, found["string"].value) == (True, "red")


def test_documents_of_ones_own_are_ready_at_once(client: Client) -> None:
    assert client.wait_ready(0) is True
    assert (client.status.state, client.status.source) == (State.READY, "DOCUMENTS")


def test_documents_that_are_not_json_are_refused() -> None:
    with pytest.raises(BadConfiguration):
        Client.from_documents([colors(variants=[{"key": "a", "value": {1, 2}}])])


def test_with_nothing_at_all_the_default_answers(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    missing = tmp_path / "missing"
    for bootstrap in (None, missing, tmp_path / "junk"):
        with Client(NOBODY_LISTENS, "key", "production", bootstrap=bootstrap, disk_copy=tmp_path / "junk") as client:
            found = client.evaluate("boolean", "alice", "mine")
            assert (found.value, found.error) == ("mine", "PROVIDER_NOT_READY")
            assert client.wait_ready(0.05) is False
            assert client.status.state is State.STARTING


@pytest.mark.parametrize(
    ("url", "environment"), [("flags.example.com", "e"), ("ftp://x", "e"), ("http://", "e"), ("http://x", "")]
)
def test_an_address_that_cannot_be_right_is_told_at_once(url: str, environment: str) -> None:
    before = threading.active_count()
    with pytest.raises(ValueError, match=r"address|environment"):
        Client(url, "key", environment, options=Options())
    assert threading.active_count() == before


def test_the_door_of_the_package_opens_it() -> None:
    import flagkit

    assert flagkit.Client is Client
    with pytest.raises(AttributeError, match="nothing"):
        _ = flagkit.nothing
