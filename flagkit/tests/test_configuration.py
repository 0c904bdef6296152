"""What a client evaluates is taken whole and checked, or not at all."""

import json
from typing import Any

import pytest

from flagkit.client.configuration import BadConfiguration, from_body
from flagkit.engine import Context
from flagkit.tests.documents import audience, flag, rule
from flagkit.tests.wire import ENVIRONMENT, body

IN_BETA = {"operator": "in_audience", "value": "beta"}


def value(configuration: Any, key: str = "checkout", user: str = "alice") -> Any:
    return configuration.ruleset.evaluate(key, Context(user)).value


def test_a_snapshot_answers_with_its_flags_and_audiences() -> None:
    found = from_body(body(flag(rules=[rule(IN_BETA)]), audience(included=["alice"])), '"t"')
    assert (found.revision, found.tag, len(found.texts)) == (7, '"t"', 2)
    assert (value(found), value(found, user="bob")) == (True, False)


def test_changes_put_in_take_away_and_share_the_rest() -> None:
    before = from_body(body(flag("a"), flag("b"), flag("c")))
    same = before.ruleset.evaluate("c", Context("alice"))
    changed = {"flag": {"a": flag("a", serve={"variant": "on"}), "b": None}}
    after = before.advanced(body(revision=9, after=7, total=2, documents=changed), '"9"')
    assert (after.revision, after.tag, value(after, "a"), "b" in after.ruleset) == (9, '"9"', True, False)
    assert after.ruleset.evaluate("c", Context("alice")) is same
    assert value(before, "a") is False


def test_a_changed_audience_counts_for_flags_that_did_not_change() -> None:
    before = from_body(body(flag(rules=[rule(IN_BETA)]), audience(included=["alice"])))
    changed = {"audience": {"beta": audience(included=["bob"])}}
    after = before.advanced(body(revision=8, after=7, total=2, documents=changed), "")
    assert (value(after), value(after, user="bob")) == (False, True)


@pytest.mark.parametrize("revision", [7, 6])
def test_changes_that_lead_nowhere_or_back_change_nothing(revision: int) -> None:
    before = from_body(body(flag()))
    assert before.advanced(body(revision=revision, after=7, total=0), "") is before


@pytest.mark.parametrize(
    "wrong",
    [
        {"after": 6},
        {"after": None},
        {"total": 3},
        {"environment": {**ENVIRONMENT, "id": "e2"}},
        {"epoch": 2},
        {"format": 2},
    ],
)
def test_changes_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    before = from_body(body(flag("a")))
    given = {"revision": 9, "after": 7, "total": 2, "documents": {"flag": {"b": flag("b")}}}
    assert len(before.advanced(body(**given), "").texts) == 2
    with pytest.raises(BadConfiguration):
        before.advanced(body(**{**given, **wrong}), "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"after": 3},
        {"total": 2},
        {"total": None},
        {"revision": -1},
        {"revision": True},
        {"revision": "7"},
        {"epoch": "x"},
        {"environment": None},
        {"environment": {}},
        {"documents": None},
        {"documents": {"flag": []}},
        {"format": "1"},
    ],
)
def test_a_snapshot_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadConfiguration):
        from_body(body(flag(), **wrong))


@pytest.mark.parametrize("junk", [b"", b"[]", b"null", b"<html>", b"\xff", b"[" * 100_000, b'{"format":1}'])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(BadConfiguration):
        from_body(junk)


def test_it_is_refused_wherever_it_is_cut() -> None:
    whole = body(flag(), audience())
    for at in range(len(whole)):
        with pytest.raises(BadConfiguration):
            from_body(whole[:at])


@pytest.mark.parametrize("broken", [{"key": "bad"}, 5, "text", [], {**flag("bad"), "type": 3}])
def test_a_broken_flag_answers_with_an_error_and_harms_no_other(broken: Any) -> None:
    found = from_body(body(total=2, documents={"flag": {"bad": broken, "good": flag("good")}}))
    assert found.ruleset.evaluate("bad", Context("alice")).error == "PARSE_ERROR"
    assert value(found, "good") is False


@pytest.mark.parametrize("broken", [{"key": "beta"}, 5, None, {**audience(), "included": 5}])
def test_a_broken_audience_has_nobody_in_it(broken: Any) -> None:
    documents = {"flag": {"checkout": flag(rules=[rule(IN_BETA)])}, "audience": {"beta": broken}}
    found = from_body(body(total=1 if broken is None else 2, documents=documents))
    assert value(found) is False


def test_kinds_that_are_not_known_are_kept_and_harm_nothing() -> None:
    later = {"kind": "later", "key": "x"}
    found = from_body(body(flag(), later))
    assert json.loads(found.to_body())["documents"]["later"] == {"x": later}
    assert value(found) is False


def test_what_is_written_is_read_as_the_same() -> None:
    found = from_body(body(flag("grüße"), flag('a"b'), audience()))
    again = from_body(found.to_body(), found.tag)
    assert (again.texts, again.revision, again.environment) == (found.texts, found.revision, found.environment)


@pytest.mark.parametrize("indent", [None, 0, 3, "\t"])
def test_blanks_and_order_do_not_matter(indent: Any) -> None:
    fields = json.loads(body(flag("grüße"), flag('a\\b"c'), audience()))
    written = json.dumps(dict(reversed(fields.items())), indent=indent, ensure_ascii=indent is None)
    found = from_body(f" {written}\n ".encode())
    assert {name: json.loads(text) for name, text in found.texts.items()} == {
        (kind, key): document for kind, each in fields["documents"].items() for key, document in each.items()
    }


@pytest.mark.parametrize("junk", [" x", ",", "{}", "}"])
def test_more_behind_the_end_is_refused(junk: str) -> None:
    with pytest.raises(BadConfiguration, match="more behind"):
        from_body(body(flag()) + junk.encode())


@pytest.mark.parametrize(
    "junk", ["{5: 1}", '{"a" 1}', '{"a": 1,}', "{,}", '{"a": }', '{"documents": {"flag": {"a": }}}']
)
def test_json_that_is_almost_right_is_refused(junk: str) -> None:
    with pytest.raises(BadConfiguration, match="not JSON"):
        from_body(junk.encode())
