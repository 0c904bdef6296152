"""An environment remembers its last changes, and says when it cannot."""

from evaluation import recent
from evaluation.recent import Recent

A, B, C = ("flag", "a"), ("flag", "b"), ("audience", "c")


def test_changes_after_a_revision_are_named() -> None:
    found = Recent(5).grown(5, 6, [A]).grown(6, 9, [B, C])
    assert found.after(5) == {A, B, C}
    assert found.after(6) == {B, C}
    assert found.after(9) == set()


def test_in_the_middle_of_a_step_the_whole_step_is_named() -> None:
    assert Recent(5).grown(5, 9, [A, B]).after(7) == {A, B}


def test_what_was_loaded_as_a_whole_does_not_know_what_left_before() -> None:
    found = Recent().grown(0, 40, [A, B])
    assert found.after(39) is None
    assert found.after(40) == set()


def test_memory_is_bounded_and_says_how_far_it_goes_back() -> None:
    found = Recent(1)
    for revision in range(2, recent.MOST + 12):
        found = found.grown(revision - 1, revision, [("flag", str(revision))])
    assert sum(len(step.names) for step in found.steps) == recent.MOST
    assert found.after(found.since - 1) is None
    assert len(found.after(found.since) or ()) == recent.MOST


def test_a_change_of_more_than_is_remembered_sends_everybody_to_the_snapshot() -> None:
    found = Recent(1).grown(1, 2, [A]).grown(2, 3, [("flag", str(n)) for n in range(recent.MOST + 1)])
    assert (found.after(2), found.after(3)) == (None, set())
