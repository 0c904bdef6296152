"""A server that fails three times in a row is left alone, and tried by one call at a time until it answers."""

import threading

from evaluation.circuit import LIMIT, PAUSE, Circuit, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Circuit:
    circuit = Circuit(clock=clock)
    for _ in range(LIMIT):
        assert circuit.lets_through()
        circuit.failed()
    return circuit


def test_it_opens_after_three_failures_in_a_row() -> None:
    circuit = opened(Clock())
    assert (circuit.state, circuit.lets_through(), circuit.openings) == (State.OPEN, False, 1)


def test_a_success_in_between_starts_the_count_anew() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.failed()
        circuit.failed()
        circuit.succeeded()
    assert (circuit.state, circuit.openings) == (State.CLOSED, 0)


def test_after_a_pause_one_call_of_many_threads_is_let_through() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += PAUSE
    let: list[bool] = []
    threads = [threading.Thread(target=lambda: let.append(circuit.lets_through())) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (let.count(True), circuit.state) == (1, State.HALF_OPEN)


def test_an_attempt_that_fails_leaves_it_open_for_another_pause() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += PAUSE
    assert circuit.lets_through()
    circuit.failed()
    clock.now += PAUSE / 2
    assert (circuit.state, circuit.lets_through(), circuit.openings) == (State.OPEN, False, 1)


def test_an_attempt_that_succeeds_closes_it() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += PAUSE
    assert circuit.lets_through()
    circuit.succeeded()
    assert (circuit.state, circuit.lets_through()) == (State.CLOSED, True)


def test_an_attempt_that_never_reports_does_not_block_the_next() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.now += PAUSE
    assert circuit.lets_through()
    clock.now += PAUSE
    assert circuit.lets_through()
