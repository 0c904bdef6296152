"""What ./test reports: a test counts as skipped only when it ran nowhere."""

from collections import Counter
from pathlib import Path

import pytest

from conftest import asks_for_the_database
from tests import reachable, run
from tests.reachable import Part
from tests.run import Run

REPORT = """<testsuites><testsuite>
  <testcase classname="flags.tests.test_a" name="test_runs"/>
  <testcase classname="flags.tests.test_a" name="test_waits">
    <skipped type="pytest.skip" message="Redis does not answer"/>
  </testcase>
  <testcase classname="flags.tests.test_a" name="test_is_known_to_fail">
    <skipped type="pytest.xfail" message=""/>
  </testcase>
</testsuite></testsuites>"""


def outcome(ran: set[str], skipped: dict[str, str]) -> Run:
    return Run("", 0, "", frozenset(ran), skipped)


def test_report_tells_what_ran_from_what_was_skipped(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    ran, skipped = run._read(tmp_path / "report.xml")
    assert ran == {"flags.tests.test_a.test_runs", "flags.tests.test_a.test_is_known_to_fail"}
    assert skipped == {"flags.tests.test_a.test_waits": "Redis does not answer"}


def test_run_that_left_no_report_has_nothing_to_tell(tmp_path: Path) -> None:
    assert run._read(tmp_path / "report.xml") == (frozenset(), {})


def test_skipped_test_that_ran_elsewhere_is_not_reported() -> None:
    runs = [outcome({"a"}, {"b": "no Redis", "c": "no browser"}), outcome({"a", "b"}, {"c": "no browser"})]
    assert run._nowhere(runs) == Counter({"no browser": 1})


def test_part_that_is_missing_skips_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLAGPLATFORM_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not here"):
        Part("Redis", None, "not here").need()


def test_part_that_is_missing_fails_where_everything_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPLATFORM_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="not here"):
        Part("Redis", None, "not here").need()


def test_named_database_that_does_not_answer_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    part = reachable.postgres.__wrapped__()
    assert part.at is None
    assert part.is_lacking


def test_node_that_is_too_old_for_the_examples_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    part = reachable.npm.__wrapped__()
    assert (part.at, part.why) == (None, "the examples need Node 20, and this is v18.20.4")


def test_a_test_without_the_database_need_not_run_on_another(request: pytest.FixtureRequest) -> None:
    assert not asks_for_the_database(request.node)


def test_a_test_with_somebody_of_the_cast_asks_for_the_database(request: pytest.FixtureRequest, bob: object) -> None:
    assert asks_for_the_database(request.node)


@pytest.mark.django_db
def test_a_test_with_the_mark_asks_for_the_database(request: pytest.FixtureRequest) -> None:
    assert asks_for_the_database(request.node)
