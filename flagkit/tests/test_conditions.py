"""Conditions combine, and find their attribute where people expect it."""

import pytest

from flagkit.tests.documents import about, audience, holds

YES, NO = about("eq", "a"), about("eq", "b")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"all": []}, True),
        ({"all": [YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"any": []}, False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"none": []}, True),
        ({"none": [NO, NO]}, True),
        ({"none": [NO, YES]}, False),
        ({"not": YES}, False),
        ({"not": {"any": [NO, {"all": [YES, {"none": [YES]}]}]}}, True),
    ],
)
def test_groups_combine_their_parts(condition, expected):
    assert holds(condition, x="a") is expected


def test_missing_attribute_makes_a_negated_group_true():
    assert holds({"not": about("eq", "a", attribute="missing")})
    assert holds({"none": [about("eq", "a", attribute="missing")]})


@pytest.mark.parametrize(
    "attributes",
    [{"plan": {"tier": {"name": "gold"}}}, {"plan.tier.name": "gold"}, {"plan": {"tier.name": "gold"}}],
)
def test_dotted_path_leads_into_objects(attributes):
    assert holds(about("eq", "gold", attribute="plan.tier.name"), **attributes)


def test_exact_name_comes_before_the_path():
    assert holds(about("eq", "flat", attribute="a.b"), **{"a.b": "flat", "a": {"b": "deep"}})


def test_path_through_what_is_no_object_finds_nothing():
    assert not holds(about("eq", "gold", attribute="plan.tier"), plan="gold")


def test_targeting_key_is_an_attribute():
    assert holds(about("ends_with", "ice", attribute="targeting_key"), key="alice")
    assert not holds(about("exists", True, attribute="targeting_key"), key=None)


def test_included_key_is_in_the_audience():
    assert holds({"operator": "in_audience", "value": "beta"}, audience(included=["alice"]))


def test_excluded_key_is_out_even_when_included_or_matching():
    everyone = audience(included=["alice"], excluded=["alice"], rules=[{"when": {"all": []}}])
    assert not holds({"operator": "in_audience", "value": "beta"}, everyone)


def test_any_rule_of_an_audience_is_enough():
    either = audience(rules=[{"when": NO}, {"when": YES}])
    assert holds({"operator": "in_audience", "value": ["other", "beta"]}, either, x="a")
    assert not holds({"operator": "in_audience", "value": "beta"}, either, x="c")


def test_audience_may_list_another_attribute():
    companies = audience(by="company", included=["acme"])
    assert holds({"operator": "in_audience", "value": "beta"}, companies, company="acme")


def test_nobody_is_in_an_audience_that_does_not_exist():
    assert not holds({"operator": "in_audience", "value": "nobody"})
    assert holds({"operator": "in_audience", "value": "nobody", "negate": True})


def test_audience_may_ask_about_another():
    outer = audience("outer", rules=[{"when": {"operator": "in_audience", "value": "beta"}}])
    assert holds({"operator": "in_audience", "value": "outer"}, outer, audience(included=["alice"]))


def test_audience_holds_100_000_keys():
    many = audience(included=[f"user-{at}" for at in range(100_000)])
    assert holds({"operator": "in_audience", "value": "beta"}, many, key="user-99999")
    assert not holds({"operator": "in_audience", "value": "beta"}, many, key="user-100000")
