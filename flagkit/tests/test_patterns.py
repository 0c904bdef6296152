"""Regular expressions are those of RE2, where it is installed."""

import builtins

import pytest

from flagkit.engine import BrokenDocument, compile_flag
from flagkit.tests.documents import about, flag, holds, rule


def test_pattern_is_found_anywhere_in_the_text():
    pytest.importorskip("re2", reason="google-re2 is not installed")
    assert holds(about("matches", r"@(example|test)\.com$"), x="ann@example.com")
    assert not holds(about("matches", "^EXAMPLE"), x="example")
    assert holds(about("matches", "^EXAMPLE", ignore_case=True), x="example")


@pytest.mark.parametrize("value", [5, ["a"], "\ud800", None])
def test_what_is_no_text_matches_no_pattern(value):
    pytest.importorskip("re2", reason="google-re2 is not installed")
    assert not holds(about("matches", "."), x=value)


@pytest.mark.parametrize("pattern", ["(", r"(?=a)b", r"(a)\1", 5, "a" * 1001])
def test_pattern_that_re2_does_not_know_is_refused(pattern):
    pytest.importorskip("re2", reason="google-re2 is not installed")
    with pytest.raises(BrokenDocument, match="pattern"):
        compile_flag(flag(rules=[rule(about("matches", pattern))]))


def test_pattern_is_refused_where_re2_is_not_installed(monkeypatch):
    really = builtins.__import__

    def without_re2(name, *rest):
        if name == "re2":
            raise ImportError(name)
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_re2)
    with pytest.raises(BrokenDocument, match=r"flagkit\[regex\]"):
        compile_flag(flag(rules=[rule(about("matches", "a"))]))
