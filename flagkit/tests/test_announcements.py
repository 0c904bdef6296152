"""Lines of a stream become positions; anything else on it only shows that it lives."""

import pytest

from flagkit.client.announcements import positions, seconds_to_rest

NINE = b'event: revision\nid: 9\ndata: {"environment":"staging","revision":9}\n\n'


def heard(stream: bytes) -> list[int]:
    return [found[1] for found in positions(stream.splitlines(keepends=True)) if found is not None]


def test_each_revision_is_heard() -> None:
    assert heard(b"retry: 2000\n: welcome\n\n" + NINE + b": here\n\n" + NINE.replace(b"9", b"10")) == [9, 10]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_lines_may_end_as_the_format_allows(end: bytes) -> None:
    assert heard(NINE.replace(b"\n", end)) == [9]


@pytest.mark.parametrize(
    "strange",
    [
        b"event: other\ndata: {}\n\n",
        b"data: 5\n\n",
        b"event: revision\ndata: junk\n\n",
        b"event: revision\ndata: []\n\n",
        b'event: revision\ndata: {"revision": "x"}\n\n',
        b"event: revision\n\n",
        b"\xff\xfe\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"nothing\n\n",
    ],
)
def test_what_is_no_revision_is_passed_over(strange: bytes) -> None:
    assert heard(strange + NINE) == [9]


def test_every_line_shows_that_the_stream_lives() -> None:
    assert len(list(positions([b": here\n", b"\n"]))) == 2


def test_half_an_event_is_none() -> None:
    assert heard(NINE[:-1]) == []


def test_an_epoch_comes_before_the_revision() -> None:
    lines = NINE.replace(b'{"', b'{"epoch":2,"').splitlines(keepends=True)
    assert [found for found in positions(lines) if found] == [(2, 9)]


@pytest.mark.parametrize(("line", "seconds"), [(b"retry: 1500\n", 1.5), (b"retry:20\r\n", 0.02)])
def test_a_server_says_for_how_long_it_wants_to_be_left_alone(line: bytes, seconds: float) -> None:
    assert seconds_to_rest(line) == seconds


@pytest.mark.parametrize(
    "line", [b"retry: soon\n", b"retry\n", b"retry: -1\n", b"id: 5\n", b"retry: 9999999999\n", b"\n"]
)
def test_any_other_line_says_nothing_about_that(line: bytes) -> None:
    assert seconds_to_rest(line) is None
