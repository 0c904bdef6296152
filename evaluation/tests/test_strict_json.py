"""Only JSON that every part of the system can carry is accepted."""

import pytest

from evaluation.strict_json import BadJSON, loads


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"",
        b"{'a': 1}",
        b"[NaN]",
        b"[Infinity]",
        b'"\xff"',
        rb'"\ud800"',
        rb'{"a": "x\u0000y"}',
        rb'{"\u0000": 1}',
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 5000,
    ],
)
def test_what_could_not_be_stored_or_walked_is_refused(text: bytes) -> None:
    with pytest.raises(BadJSON):
        loads(text)


def test_thirty_two_levels_are_accepted() -> None:
    assert loads(b"[" * 32 + b"]" * 32)


def test_many_shallow_lists_are_accepted() -> None:
    assert len(loads(b"[" + b"[]," * 99 + b"[]]")) == 100


def test_a_written_out_escape_is_text() -> None:
    assert loads(rb'"\\u0000"') == r"\u0000"
