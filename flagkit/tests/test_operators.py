"""Each operator says yes and no where its name promises, strictly by type."""

import pytest

from flagkit.engine import BrokenDocument, compile_flag
from flagkit.tests.documents import about, flag, holds, rule

CASES = [
    # operator, wanted, yes, no
    ("eq", "a", ["a"], ["A", "b", 1, True, ["a"]]),
    ("eq", 1, [1, 1.0], [True, "1", 2]),
    ("eq", True, [True], [1, "true", False]),
    ("neq", "a", ["b", 1, False, ["a"]], ["a"]),
    ("in", ["a", 1], ["a", 1, 1.0], ["b", True, "1", None]),
    ("notIn", ["a", "b"], ["c", 5], ["a", None]),
    ("not_in", ["a", "b"], ["c", 5], ["a", None]),
    ("contains", "ell", ["hello", ["x", "ell"]], ["help", ["hello"], 5]),
    ("contains", ["x", "y"], ["ayb", ["y"]], ["abc", []]),
    ("contains", 5, [[1, 5]], ["5", 5, ["5"]]),
    ("starts_with", "he", ["hello", "he"], ["ohe", "He", 5]),
    ("starts_with", ["a", "b"], ["apple", "bean"], ["cherry"]),
    ("ends_with", [".org", ".com"], ["x.com"], ["x.net", "com", None]),
    ("gt", 5, [6, 5.5], [5, "6", True, None]),
    ("gte", 5, [5, 6], [4, "5"]),
    ("lt", 5, [4, -1.5], [5, "4", False]),
    ("lte", 5, [5, 4], [6, float("nan")]),
    ("between", [1, 5], [1, 3.3, 5], [0.99, 5.01, "3"]),
    ("modulo", [10, 3], [3, 13, -7], [4, "3", 3.5]),
    ("before", "2026-01-01", ["2025-12-31", "2025-12-31T23:59:59Z", 0], ["2026-01-01", "2027-01-01", "soon", True]),
    ("after", "2026-01-01T00:00:00+02:00", ["2025-12-31T23:00:00Z"], ["2025-12-31T21:00:00Z", "2025-12-31T22:00:00Z"]),
    ("older_than", "30d", ["2026-10-01"], ["2026-11-20", "2027-01-01"]),
    ("newer_than", "2 hours", ["2026-11-21T08:00:00Z"], ["2026-11-21T07:00:00Z", "x"]),
    ("semver_eq", "1.2.0", ["1.2.0", "1.2.0+build.5"], ["1.2", "v1.2.0", "1.2.0-rc.1", "01.2.0", 1.2]),
    ("semver_gt", "1.2.3", ["1.2.4", "1.10.0"], ["1.2.3", "1.2.4-"]),
    ("semver_gt", "1.0.0-alpha.1", ["1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-alpha.beta", "1.0.0"], ["1.0.0-alpha"]),
    ("semver_gte", "2.0.0", ["2.0.0", "2.0.1"], ["2.0.0-rc.1", "1.9.9"]),
    ("semver_lt", "2.0.0", ["2.0.0-rc.1", "1.99.0"], ["2.0.0"]),
    ("semver_lte", "2.0.0", ["2.0.0"], ["2.0.1"]),
    ("semver_range", "^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0", "2.0.0-rc.1"]),
    ("semver_range", "^0.2.3", ["0.2.9"], ["0.3.0"]),
    ("semver_range", "^0.0.3", ["0.0.3"], ["0.0.4"]),
    ("semver_range", "~1.2.3", ["1.2.9"], ["1.3.0"]),
    ("semver_range", "~1", ["1.9.0"], ["2.0.0"]),
    ("semver_range", ">=1.0.0 <2.0.0 || 3.x", ["1.5.0", "3.1.4"], ["2.5.0", "4.0.0"]),
    ("semver_range", ">1.2", ["1.3.0"], ["1.2.9"]),
    ("semver_range", "1.0.0-alpha", ["1.0.0-alpha"], ["1.0.0-alpha.1", "1.0.0"]),
    ("in_cidr", ["10.0.0.0/8", "::1"], ["10.1.2.3", "::1", "::ffff:10.0.0.1"], ["11.0.0.1", "::2", "ten", 10]),
    ("is_type", "number", [1, 1.5], [True, "1", []]),
    ("is_type", ["array", "object"], [[], {}], ["x", 1]),
    ("any_of", ["a", 1], [["b", "a"], [1.0]], [["b"], [], "a", [True]]),
    ("all_of", ["a", "b"], [["a", "b", "c"]], [["a"], "ab"]),
    ("size", 2, [[1, 2]], [[1], "ab", 2]),
    ("size", [1, 2], [[1], [1, 2]], [[], [1, 2, 3]]),
    ("weekday", ["sat", "sun"], ["2026-11-21", "2026-11-22T23:59:59Z"], ["2026-11-23", "saturday"]),
    ("time_between", ["09:00", "17:30"], ["2026-01-01T09:00:00Z"], ["2026-01-01T17:30:00Z", "2026-01-01T08:59:59Z"]),
    ("time_between", ["22:00", "06:00"], ["2026-01-01T23:00:00Z", "2026-01-01T05:00:00Z"], ["2026-01-01T06:00:00Z"]),
]
YES = [(operator, wanted, value) for operator, wanted, values, _ in CASES for value in values]
NO = [(operator, wanted, value) for operator, wanted, _, values in CASES for value in values]


@pytest.mark.parametrize(("operator", "wanted", "value"), YES)
def test_operator_holds(operator, wanted, value):
    assert holds(about(operator, wanted), x=value)


@pytest.mark.parametrize(("operator", "wanted", "value"), NO)
def test_operator_does_not_hold(operator, wanted, value):
    assert not holds(about(operator, wanted), x=value)


@pytest.mark.parametrize(("operator", "wanted", "value"), YES)
def test_negation_turns_it_around(operator, wanted, value):
    assert not holds(about(operator, wanted, negate=True), x=value)


@pytest.mark.parametrize(("operator", "wanted"), [(operator, wanted) for operator, wanted, *_ in CASES])
def test_missing_attribute_meets_no_operator_but_every_negated_one(operator, wanted):
    assert not holds(about(operator, wanted))
    assert not holds(about(operator, wanted), x=None)
    assert holds(about(operator, wanted, negate=True))


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [("eq", "STRASSE"), ("in", ["x", "strasse"]), ("contains", "TRASS"), ("starts_with", "STR"), ("ends_with", "SSE")],
)
def test_text_is_compared_without_case_when_asked(operator, wanted):
    assert holds(about(operator, wanted, ignore_case=True), x="straße")
    assert not holds(about(operator, wanted), x="straße")


@pytest.mark.parametrize(("value", "there"), [("x", True), (0, True), (False, True), ([], True), (None, False)])
def test_exists_asks_for_anything_but_null(value, there):
    assert holds(about("exists", True), x=value) is there
    assert holds(about("exists", False), x=value) is not there


def test_time_zone_decides_what_day_it_is():
    monday_in_tokyo = "2026-11-22T15:30:00Z"
    assert holds(about("weekday", ["mon"], time_zone="Asia/Tokyo"), x=monday_in_tokyo)
    assert not holds(about("weekday", ["mon"]), x=monday_in_tokyo)


def test_time_window_asks_about_now_where_no_attribute_is_named():
    assert holds({"operator": "time_between", "value": ["09:00", "10:00"]})
    assert not holds({"operator": "time_between", "value": ["09:00", "10:00"], "time_zone": "Europe/Berlin"})


def test_cast_reads_text_as_a_number():
    assert holds(about("gt", 5, cast="number"), x="12.5")
    assert not holds(about("gt", 5, cast="number"), x="many")


def test_cast_reads_a_number_as_text():
    assert holds(about("in", ["5"], cast="text"), x=5.0)


@pytest.mark.parametrize(
    "condition",
    [
        about("like", "a"),
        about(["eq"], "a"),
        about("eq", None),
        about("eq", {"a": 1}),
        about("eq", float("nan")),
        about("gt", "5"),
        about("gt", True),
        about("between", [5, 1]),
        about("between", [1]),
        about("modulo", [0, 0]),
        about("modulo", [3, 3]),
        about("starts_with", 5),
        about("before", "tomorrow"),
        about("older_than", "a while"),
        about("older_than", "9999999d"),
        about("semver_eq", "1.2"),
        about("semver_range", "^x.1"),
        about("semver_range", ""),
        about("semver_range", "!1.2"),
        about("in_cidr", ["10.0.0.0/33"]),
        about("is_type", "text"),
        about("size", "2"),
        about("weekday", ["someday"]),
        about("weekday", ["mon"], time_zone="Mars/Olympus"),
        about("time_between", ["09:00"]),
        about("time_between", ["09:00", "25:00"]),
        about("time_between", ["09:00", "09:00"]),
        about("exists", "yes"),
        about("eq", "a", negate="yes"),
        about("eq", "a", cast="date"),
        about("eq", "a", vlaue="b"),
        {"operator": "eq", "value": "a"},
        {"operator": "in_audience", "value": []},
        {"all": {}},
        {"all": [], "any": []},
        {"all": ["x"]},
        "x",
    ],
)
def test_condition_that_cannot_be_tested_is_refused(condition):
    with pytest.raises(BrokenDocument, match=r"\w"):
        compile_flag(flag(rules=[rule({"any": [condition]})]))
