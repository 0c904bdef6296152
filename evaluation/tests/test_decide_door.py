"""`/api/decide` assigns every running experiment from memory, and refuses what it cannot read."""

from typing import Any

import pytest

from evaluation.doors.asgi import DecisionDoors
from evaluation.snapshot import Address, Snapshot
from evaluation.tests.asking import Answer, ask, audience_document, doors_with, flag_document, snapshot_of
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import about, colors, experiment, holdout, layer, rule

ALICE = {"user_key": "alice", "env": "staging"}
PRO = {"id": "pro", "conditions": [about("eq", "pro", attribute="plan")]}
GERMAN = {"id": "de", "conditions": [about("eq", "DE", attribute="country")]}
ADULT = {"id": "adult", "conditions": [about("gte", 18, attribute="user.age"), about("eq", "DE", attribute="country")]}


def decided(
    *documents: dict[str, Any], query: str | dict[str, Any] = "user_key=alice&env=staging", **more: Any
) -> Answer:
    return ask(doors_with(snapshot_of(*documents)), "/api/decide", query, **more)


def assigned(doors: DecisionDoors, **given: Any) -> dict[str, str]:
    """The variants of the user by experiment."""
    answer = ask(doors, "/api/decide", method="POST", body={**ALICE, **given})
    assert answer.status == 200, answer.content
    return {each["experiment_key"]: each["variant_key"] for each in answer.json()["assignments"]}


def on_flag(key: str = "color", **fields: Any) -> list[dict[str, Any]]:
    """An experiment on a flag, and the flag as it is published while the experiment runs."""
    document = experiment(f"on-{key}", 2_000, 3_000, flag=key)
    return [document, colors(key, experiment=rule_of(document), **fields)]


def test_an_answer_names_the_user_the_version_and_each_assignment() -> None:
    assert decided(experiment("button", 10_000)).json() == {
        "user_key": "alice",
        "environment": "staging",
        "config_version": 7,
        "assignments": [
            {
                "experiment_key": "button",
                "experiment_id": "id-of-button",
                "variant_key": "red",
                "variant_id": "button-red",
                "payload": {"color": "red"},
            }
        ],
    }


def test_an_environment_that_was_never_published_answers_version_0_and_nothing() -> None:
    empty = Snapshot(Address("id-staging", "default", "staging", "Staging", True))
    answer = ask(doors_with(empty), "/api/decide", ALICE).json()
    assert (answer["config_version"], answer["assignments"]) == (0, [])


@pytest.mark.parametrize("path", ["/api/decide", "/api/decide/", "/decide", "/decide/"])
def test_it_answers_below_api_and_at_the_root(path: str) -> None:
    assert ask(doors_with(snapshot_of(experiment())), path, ALICE).status == 200


def test_assignments_stand_in_the_order_of_their_keys() -> None:
    found = decided(*on_flag("m"), experiment("z"), experiment("a"), *on_flag("b"), query="user_key=user-1&env=staging")
    keys = [each["experiment_key"] for each in found.json()["assignments"]]
    assert keys == sorted(keys)
    assert {"a", "z"} <= set(keys)


@pytest.mark.parametrize(
    ("context", "is_in"),
    [
        ({}, False),
        ({"plan": "pro"}, True),
        ({"country": "DE"}, False),
        ({"country": "DE", "user": {"age": 18}}, True),
        ({"country": "DE", "user": {"age": 17}}, False),
        ({"country": "DE", "user.age": 18, "user": {"age": 17}}, True),
        ({"country": "DE", "user.age": 17, "user": {"age": 18}}, False),
    ],
)
def test_one_rule_has_to_match_with_all_of_its_conditions(context: dict[str, Any], is_in: bool) -> None:
    doors = doors_with(snapshot_of(experiment(rules=[PRO, ADULT])))
    assert ("button" in assigned(doors, context=context)) is is_in


@pytest.mark.parametrize(
    ("user", "plan", "is_in"),
    [("alice", "pro", True), ("alice", "free", False), ("bob", "pro", False), ("bob", "free", False)],
)
def test_the_audience_and_the_rules_both_have_to_match(user: str, plan: str, is_in: bool) -> None:
    doors = doors_with(snapshot_of(experiment(audience="testers", rules=[PRO]), audience_document()))
    assert ("button" in assigned(doors, user_key=user, context={"plan": plan})) is is_in


def test_without_rules_everyone_is_in() -> None:
    doors = doors_with(snapshot_of(experiment()))
    assert all(assigned(doors, user_key=f"user-{at}") for at in range(200))


def test_who_is_held_out_or_outside_of_the_layer_is_not_in_the_answer() -> None:
    documents = [
        experiment("held", holdouts=[holdout(buckets=10_000)]),
        experiment("first", layer=layer(0, 4_999)),
        experiment("second", layer=layer(5_000, 9_999)),
    ]
    doors = doors_with(snapshot_of(*documents))
    found = [set(assigned(doors, user_key=f"user-{at}")) for at in range(200)]
    assert {frozenset(each) for each in found} == {frozenset({"first"}), frozenset({"second"})}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, {"a", "b", "on-color"}),
        ("", {"a", "b", "on-color"}),
        ("a", {"a"}),
        ("a,on-color", {"a", "on-color"}),
        (" a , b ,", {"a", "b"}),
        ("nothing", set()),
        ("nothing,b", {"b"}),
        (["b"], {"b"}),
        ([], set()),
    ],
)
def test_experiments_limits_the_answer(given: Any, expected: set[str]) -> None:
    doors = doors_with(snapshot_of(experiment("a"), experiment("b"), *on_flag()))
    assert set(assigned(doors, user_key="user-1", experiments=given)) == expected
    if isinstance(given, str):
        answer = ask(doors, "/api/decide", {**ALICE, "user_key": "user-1", "experiments": given}).json()
        assert {each["experiment_key"] for each in answer["assignments"]} == expected


def test_a_limited_answer_is_a_part_of_the_whole_one() -> None:
    doors = doors_with(snapshot_of(*(experiment(f"e{at}", 2_000, 2_000) for at in range(5)), *on_flag()))
    for at in range(100):
        whole = assigned(doors, user_key=f"user-{at}")
        named = ["e0", "e3", "on-color"]
        limited = assigned(doors, user_key=f"user-{at}", experiments=named)
        assert limited == {key: variant for key, variant in whole.items() if key in named}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"targets": [{"variant": "blue", "keys": [f"user-{at}" for at in range(0, 2_000, 3)]}]},
        {"enabled": False, "off_variant": "red"},
        {"prerequisites": [{"flag": "checkout", "variants": ["on"]}]},
        {"prerequisites": [{"flag": "gone", "variants": ["on"]}]},
        {"rules": [rule(serve={"variant": "green"})]},
    ],
)
def test_an_experiment_on_a_flag_assigns_whom_the_flag_serves_it(fields: dict[str, Any]) -> None:
    half = {"rollout": {"salt": "s", "ranges": [[0, 50_000]], "variant": "on", "otherwise": "off"}}
    doors = doors_with(snapshot_of(*on_flag(**fields), experiment("alone"), flag_document(serve=half)))
    for at in range(2_000):
        user = f"user-{at}"
        served = ask(doors, "/evaluate/color", {"environment_key": "staging", "user_id": user}).json()
        expected = {"on-color": served["variant"]} if "experiment" in served else {}
        found = assigned(doors, user_key=user)
        assert {key: found[key] for key in found if key == "on-color"} == expected
        if "experiment" in served:
            assert (served["experiment"], served["reason"], "rule_id" in served) == ("on-color", "SPLIT", False)
        assert "alone" in found


def test_an_experiment_on_a_flag_that_is_gone_assigns_nobody() -> None:
    document, _ = on_flag()
    doors = doors_with(snapshot_of(document, experiment("alone")))
    assert all(set(assigned(doors, user_key=f"user-{at}")) == {"alone"} for at in range(100))


def test_get_and_post_answer_the_same() -> None:
    doors = doors_with(snapshot_of(experiment(rules=[PRO])))
    got = ask(doors, "/api/decide", {**ALICE, "context": '{"plan": "pro"}'})
    posted = ask(doors, "/api/decide", method="POST", body={**ALICE, "context": {"plan": "pro"}})
    assert got.content == posted.content
    assert len(got.json()["assignments"]) == 1


def test_a_body_goes_before_the_query() -> None:
    doors = doors_with(snapshot_of(experiment(rules=[PRO])))
    query = {"env": "staging", "user_key": "bob", "context": '{"plan": "free"}'}
    answer = ask(doors, "/api/decide", query, method="POST", body={"user_key": "alice", "context": {"plan": "pro"}})
    assert (answer.json()["user_key"], len(answer.json()["assignments"])) == ("alice", 1)


@pytest.mark.parametrize("user", [42, "42"])
def test_a_user_key_may_be_camel_case_and_a_number(user: Any) -> None:
    answer = ask(
        doors_with(snapshot_of(experiment())), "/api/decide", method="POST", body={"userKey": user, "env": "staging"}
    )
    assert answer.content == decided(experiment(), query="user_key=42&env=staging").content
    assert answer.json()["user_key"] == "42"


@pytest.mark.parametrize("context", [None, {}])
def test_a_context_may_be_null(context: Any) -> None:
    assert assigned(doors_with(snapshot_of(experiment())), context=context)
    assert decided(experiment(), query="user_key=alice&env=staging&context=null").status == 200
    assert decided(experiment(), query="user_key=alice&env=staging&context=").status == 200


def test_any_text_is_given_back_as_the_users_key() -> None:
    doors = doors_with(snapshot_of(experiment()))
    for user in ("grüße", 'a"b\\', "\U0001f44b", "x" * 5_000):
        assert ask(doors, "/api/decide", {"user_key": user, "env": "staging"}).json()["user_key"] == user


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "user_key_missing"),
        ("env=staging", 400, "user_key_missing"),
        ("env=staging&user_key=", 400, "user_key_missing"),
        ("user_key=alice", 400, "env_missing"),
        ("user_key=alice&env=", 400, "env_missing"),
        ("user_key=alice&env=nowhere", 404, "environment_not_found"),
        ("user_key=alice&env=staging&project=nobody", 404, "project_not_found"),
        ("user_key=alice&env=staging&context={", 400, "parse_error"),
        ("user_key=alice&env=staging&context=[]", 400, "invalid_context"),
        ("user_key=alice&env=staging&context=7", 400, "invalid_context"),
        ('user_key=alice&env=staging&context={"a":NaN}', 400, "parse_error"),
        ("user_key=%00&env=staging", 400, "invalid"),
        ("user_key=%ff&env=staging", 400, "invalid"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_shape(query: str, status: int, code: str) -> None:
    answer = decided(experiment(), query=query)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "user_key_missing"),
        (b"{", 400, "parse_error"),
        (b"[]", 400, "parse_error"),
        ({"user_key": 1.5}, 400, "invalid"),
        ({"user_key": True}, 400, "invalid"),
        ({"user_key": ["alice"]}, 400, "invalid"),
        ({"env": 7}, 400, "invalid"),
        ({"context": "plan"}, 400, "invalid_context"),
        ({"context": []}, 400, "invalid_context"),
        ({"experiments": 7}, 400, "invalid"),
        ({"experiments": [7]}, 400, "invalid"),
        ({"experiments": {"a": 1}}, 400, "invalid"),
        ({"context": {"a": "x" * 70_000}}, 413, "too_large"),
    ],
)
def test_a_bad_body_is_refused(body: Any, status: int, code: str) -> None:
    given = {**ALICE, **body} if isinstance(body, dict) else body
    answer = decided(experiment(), query="", method="POST", body=given)
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_a_context_of_any_shape_is_answered() -> None:
    doors = doors_with(snapshot_of(experiment(rules=[PRO, GERMAN, ADULT]), *on_flag(), experiment("alone")))
    for value in (None, True, 7, 1e308, [], [{}], {}, {"age": []}, "x"):
        assert "alone" in assigned(doors, context=dict.fromkeys(("plan", "country", "user", "user.age", ""), value))


def test_an_environment_may_ask_for_a_key() -> None:
    doors = doors_with(snapshot_of(experiment(), allows_keyless=False))
    assert ask(doors, "/api/decide", ALICE).json()["code"] == "key_missing"


def test_before_any_configuration_is_loaded_it_says_not_ready() -> None:
    answer = ask(doors_with(), "/api/decide", ALICE)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_other_methods_are_told_which_ones_there_are() -> None:
    answer = decided(experiment(), method="DELETE")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")
