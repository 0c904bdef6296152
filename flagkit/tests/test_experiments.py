"""Who is in an experiment and which variant they have; what keeps experiments apart; documents that describe none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagkit.engine import Context, compile_ruleset
from flagkit.engine.algorithms import NATIVE, algorithm, names
from flagkit.engine.bucketing import bucket_of, hash_of, seed_of
from flagkit.engine.experiments import BUCKETS, flag_document, rule_of
from flagkit.engine.explaining import explain
from flagkit.tests.documents import (
    NOW,
    about,
    audience,
    colors,
    experiment,
    flag,
    holdout,
    layer,
    rule,
    ruleset,
)

USERS = [f"user-{at}" for at in range(2_000)]
EU, PRO, ADULT = (
    about("in", ["DE", "FR"], attribute="country"),
    about("eq", "pro", attribute="plan"),
    about("gte", 18, attribute="age"),
)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def among(*experiments):
    """The ruleset of experiments that are on no flag."""
    return ruleset(*map(flag_document, experiments))


def assigned(document, key="alice", *others, **attributes):
    """The variant of the subject; None for who is not in the experiment."""
    found = ruleset(flag_document(document), *others)
    return found.evaluate(document["key"], Context(key, attributes, NOW)).variant


def members(document, users=USERS):
    found = among(document)
    return {user for user in users if found.evaluate(document["key"], Context(user)).variant}


def bucket(user, salt="button"):
    return bucket_of(hash_of(user.encode(), seed_of(salt)), BUCKETS)


def test_bucket_decides_which_variant_a_subject_has():
    document = experiment("button", 2_500, 2_500, 5_000)
    for user in USERS:
        edges = ((2_500, "red"), (5_000, "green"), (10_000, "blue"))
        assert assigned(document, user) == next(v for edge, v in edges if bucket(user) < edge)


def test_outcome_names_the_experiment_and_carries_the_payload():
    answer = among(experiment()).evaluate("button", Context("alice"))
    assert (answer.experiment, answer.rule, answer.reason) == ("button", "button", "SPLIT")
    assert answer.value == {"color": answer.variant}


@pytest.mark.parametrize("edge", [0, 4_999, 5_000, 9_999])
def test_ranges_include_both_of_their_ends(edge):
    user = next(user for user in (f"u{at}" for at in range(200_000)) if bucket(user) == edge)
    document = experiment(allocations=[{"variant": "red", "ranges": [[edge, edge]]}])
    assert assigned(document, user) == "red"
    neighbours = experiment(allocations=[{"variant": "red", "ranges": [[0, edge - 1]] if edge else [[1, 9_999]]}])
    assert assigned(neighbours, user) is None


def test_gaps_between_allocations_are_in_no_variant():
    spans = [
        {"variant": "red", "ranges": [[1_000, 1_999], [7_000, 7_499]]},
        {"variant": "blue", "ranges": [[4_000, 4_999]]},
    ]
    for user in USERS:
        at = bucket(user)
        red, blue = 1_000 <= at < 2_000 or 7_000 <= at < 7_500, 4_000 <= at < 5_000
        assert assigned(experiment(allocations=spans), user) == ("red" if red else "blue" if blue else None)


def test_experiment_without_allocations_has_nobody():
    assert members(experiment(allocations=[])) == set()


@pytest.mark.parametrize(
    ("attributes", "is_in"),
    [
        ({"country": "DE", "plan": "pro"}, True),
        ({"country": "DE", "plan": "free"}, False),
        ({"country": "US", "plan": "pro"}, False),
        ({"country": "US", "plan": "free", "age": 18}, True),
        ({"age": 17}, False),
        ({}, False),
    ],
)
def test_rules_are_alternatives_whose_conditions_all_hold(attributes, is_in):
    rules = [{"id": "eu", "conditions": [EU, PRO]}, {"id": "adults", "when": ADULT}]
    assert (assigned(experiment(rules=rules), **attributes) is not None) is is_in


def test_without_rules_everyone_is_in():
    assert members(experiment()) == set(USERS)


@pytest.mark.parametrize(("user", "plan", "is_in"), [
    ("alice", "pro", True), ("alice", "free", False), ("bob", "pro", False), ("bob", "free", False)
])  # fmt: skip
def test_audience_and_rules_both_have_to_match(user, plan, is_in):
    document = experiment(audience="beta", rules=[{"id": "pro", "conditions": [PRO]}])
    found = assigned(document, user, audience("beta", included=["alice"]), plan=plan)
    assert (found is not None) is is_in


def test_audience_that_does_not_exist_has_nobody_in_the_experiment():
    assert assigned(experiment(audience="gone")) is None


@pytest.mark.parametrize(
    "attributes", [{"user": {"plan": "pro"}}, {"user.plan": "pro"}, {"user.plan": "pro", "user": {"plan": "free"}}]
)
def test_attributes_are_found_by_path_unless_a_key_is_exactly_that(attributes):
    document = experiment(rules=[{"id": "pro", "conditions": [about("eq", "pro", attribute="user.plan")]}])
    assert assigned(document, **attributes)


def test_exact_key_wins_over_the_path_also_where_it_does_not_match():
    document = experiment(rules=[{"id": "pro", "conditions": [about("eq", "pro", attribute="user.plan")]}])
    assert assigned(document, **{"user.plan": "free", "user": {"plan": "pro"}}) is None


def test_experiments_in_one_layer_share_nobody_and_keep_their_shares():
    layered = [
        experiment(f"e{at}", layer=layer(low, high)) for at, (low, high) in enumerate([(0, 4_999), (5_000, 7_999)])
    ]
    one, other = map(members, layered)
    assert one & other == set()
    assert len(one) / len(USERS) == pytest.approx(0.5, abs=0.04)
    assert len(other) / len(USERS) == pytest.approx(0.3, abs=0.04)


def test_layer_and_split_are_drawn_apart():
    document = experiment(layer=layer(0, 4_999))
    red = [user for user in members(document) if bucket(user) < 5_000]
    assert len(red) / len(members(document)) == pytest.approx(0.5, abs=0.06)


@settings(max_examples=200, deadline=None)
@given(keys, st.lists(st.integers(0, BUCKETS), min_size=3, max_size=3).map(sorted))
def test_nobody_is_in_two_experiments_of_a_layer(key, edges):
    spans = [(low, high - 1) for low, high in zip([0, *edges], edges, strict=False) if low < high]
    found = among(*(experiment(f"e{at}", layer=layer(*span)) for at, span in enumerate(spans)))
    assert sum(answer.variant is not None for answer in found.evaluate_all(Context(key)).values()) <= 1


def test_nobody_who_is_held_out_is_in_any_experiment():
    held = [holdout(buckets=1_000), holdout("legacy", buckets=500)]
    out = {u for u in USERS if bucket(u, "holdout:2026") < 1_000 or bucket(u, "holdout:legacy") < 500}
    found = [
        members(experiment(f"e{at}", holdouts=held, **more)) for at, more in enumerate([{}, {"layer": layer(0, 4_999)}])
    ]
    assert found[0] == set(USERS) - out
    assert found[1] < found[0]


@settings(max_examples=200, deadline=None)
@given(keys, st.integers(0, BUCKETS), st.integers(0, BUCKETS))
def test_who_is_held_out_stays_out_when_more_are(key, one, other):
    low, high = sorted((one, other))
    few, more = (assigned(experiment(holdouts=[holdout(buckets=count)]), key) for count in (low, high))
    assert more in (few, None)


@pytest.mark.parametrize(("buckets", "everyone"), [(0, True), (BUCKETS, False)])
def test_holdout_of_nobody_and_of_everyone(buckets, everyone):
    assert len(members(experiment(holdouts=[holdout(buckets=buckets)]))) == (len(USERS) if everyone else 0)


@settings(max_examples=200, deadline=None)
@given(keys, st.integers(1, 5_000), st.integers(1, 5_000))
def test_nobody_changes_variant_when_an_experiment_widens(key, one, other):
    few, more = (
        assigned(experiment(allocations=[allocation(0, "red", width), allocation(5_000, "green", width)]), key)
        for width in sorted((one, other))
    )
    assert few in (more, None)


def allocation(start, variant, width):
    return {"variant": variant, "ranges": [[start, start + width - 1]]}


@pytest.mark.parametrize("name", names())
def test_any_algorithm_decides_in_its_own_unit(name):
    salt = "button"
    full = algorithm(name).full or BUCKETS
    found = among(experiment("button", 2_500, 2_500, 5_000, algorithm=name))
    for user in USERS[:500]:
        share = algorithm(name).bucket(salt, user.encode(), BUCKETS) / full
        expected = "red" if share < 0.25 else "green" if share < 0.5 else "blue"
        assert found.evaluate("button", Context(user)).variant == expected


@pytest.mark.parametrize("name", names())
def test_partial_allocations_leave_out_the_same_share_by_any_algorithm(name):
    document = experiment("button", 2_500, 2_500, algorithm=name)
    share = [
        algorithm(name).bucket("button", user.encode(), BUCKETS) / (algorithm(name).full or BUCKETS) for user in USERS
    ]
    assert members(document) == {user for user, at in zip(USERS, share, strict=True) if at < 0.5}


def test_moving_from_murmur3_keeps_every_variant():
    """The formula that an experiments platform documents: murmur3_x86_32(userKey + ":" + salt) % 10000."""
    mmh3 = pytest.importorskip("mmh3", reason="mmh3 is not installed")
    found = among(experiment("button", 3_300, 3_300, 3_400, algorithm="experiments-murmur3", salt="pepper"))
    for user in [*USERS, "grüße", "日本", "", "x" * 300]:
        at = mmh3.hash(f"{user}:pepper".encode(), signed=False) % 10_000
        expected = "red" if at < 3_300 else "green" if at < 6_600 else "blue"
        assert found.evaluate("button", Context(user)).variant == expected


def on_flag(document, **fields):
    return colors(experiment=rule_of(document), **fields)


def test_experiment_on_a_flag_serves_those_in_it_and_leaves_the_others_to_the_flag():
    """Green is what the flag's own rule serves, and red its default."""
    document = experiment("button", rules=[{"id": "pro", "conditions": [PRO]}], allocations=[
        {"variant": "blue", "ranges": [[0, 4_999]]}
    ])  # fmt: skip
    found = ruleset(on_flag(document, rules=[rule(EU, serve={"variant": "green"})]))
    for user in USERS[:200]:
        expected = "blue" if bucket(user) < 5_000 else "green"
        answer = found.evaluate("color", Context(user, {"plan": "pro", "country": "DE"}))
        assert (answer.variant, answer.experiment) == (expected, "button" if expected == "blue" else None)
        assert found.evaluate("color", Context(user, {"country": "DE"})).variant == "green"
        assert found.evaluate("color", Context(user)).variant == "red"


@pytest.mark.parametrize("shares", [(5_000, 5_000), (1_000, 1_000)])
@pytest.mark.parametrize("more", [{}, {"rules": [rule(EU, serve={"variant": "green"})]}])
def test_who_has_no_id_is_in_no_experiment_and_gets_what_the_flag_serves(shares, more):
    answer = ruleset(on_flag(experiment("button", *shares), **more)).evaluate("color", Context(None))
    assert (answer.variant, answer.error, answer.experiment) == ("red", None, None)


def test_targets_come_before_the_experiment_and_off_before_both():
    everyone = experiment("button", allocations=[{"variant": "blue", "ranges": [[0, 9_999]]}])
    targeted = on_flag(everyone, targets=[{"variant": "green", "keys": ["alice"]}])
    found = ruleset(targeted)
    assert [found.evaluate("color", Context(user)).variant for user in ("alice", "bob")] == ["green", "blue"]
    answer = ruleset({**targeted, "enabled": False}).evaluate("color", Context("bob"))
    assert (answer.variant, answer.reason, answer.experiment) == (None, "DISABLED", None)


def test_unmet_prerequisite_keeps_everyone_out_of_the_experiment():
    needing = on_flag(experiment(), prerequisites=[{"flag": "checkout", "variants": ["on"]}])
    answers = [ruleset(needing, flag(serve={"variant": v})).evaluate("color", Context("alice")) for v in ("on", "off")]
    assert [answer.experiment for answer in answers] == ["button", None]


def test_experiment_names_variants_that_the_flag_has():
    other = {"key": "pink", "id": "i", "payload": {}}
    document = experiment(variants=[other], allocations=[{"variant": "pink", "ranges": [[0, 9_999]]}])
    _, problems = compile_ruleset([on_flag(document)])
    assert [problem.message for problem in problems] == ["variant pink does not exist; the flag has red, green, blue"]


def test_short_form_and_model_agree_where_the_allocations_have_gaps():
    document = experiment("button", 2_000, 3_000, rules=[{"id": "pro", "conditions": [PRO]}])
    short = ruleset(on_flag(document))
    long = ruleset(on_flag(document, rules=[rule(about("eq", "never"), serve={"variant": "red"})]))
    assert (short.flat("color")[5], long.flat("color")[5]) == (seed_of("button"), None)
    for user in [*USERS[:300], None]:
        context = Context(user, {"plan": "pro"})
        assert short.evaluate("color", context) == long.evaluate("color", context)
        assert short.bucket("color", context) == long.bucket("color", context)


def test_explanation_names_layer_and_holdout_and_the_split():
    document = experiment("button", 2_000, 2_000, layer=layer(0, 4_999), holdouts=[holdout(buckets=1_000)])
    found = ruleset(flag_document(document))
    user = next(iter(sorted(members(document))))
    step = explain(found, "button", Context(user))["steps"][-1]
    assert (step["step"], step["id"], step["name"], step["decided"]) == ("experiment", "button", "Button", True)
    assert [gate.get("holdout") or gate.get("layer") for gate in step["gates"]] == ["2026", "checkout", None]
    assert [gate["bucket"] for gate in step["gates"]] == [
        bucket(user, salt) for salt in ("holdout:2026", "layer:checkout", "button")
    ]
    assert all(gate["passed"] and gate["of"] == BUCKETS for gate in step["gates"])
    assert next(arm["variant"] for arm in step["serve"]["arms"] if arm["served"]) == assigned(document, user)


@pytest.mark.parametrize(
    ("fields", "names_of_gates"),
    [
        ({"holdouts": [holdout(buckets=BUCKETS)]}, ["2026"]),
        ({"layer": layer(0, 0, key="full"), "holdouts": [holdout(buckets=0)]}, ["2026", "full"]),
        ({"allocations": []}, [None]),
    ],
)
def test_explanation_ends_at_the_gate_that_held_the_subject_back(fields, names_of_gates):
    steps = explain(among(experiment(**fields)), "button", Context("alice"))["steps"]
    asked = steps[1]["gates"]
    assert [gate.get("holdout") or gate.get("layer") for gate in asked] == names_of_gates
    assert [gate["passed"] for gate in asked] == [*[True] * (len(asked) - 1), False]
    assert steps[-1]["step"] == "default"


def test_algorithm_that_is_not_named_is_the_engines_own():
    for named in (NATIVE, None, ""):
        assert [assigned(experiment(algorithm=named), user) for user in USERS[:50]] == [
            assigned(experiment(), user) for user in USERS[:50]
        ]
