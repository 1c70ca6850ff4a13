"""Seconds by phase, with a clock of the test's own."""

import pytest

from tltools.runs.events import Phase
from tltools.training.spent import Spent


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_phases_are_counted_apart_and_the_one_under_way_too():
    clock = Clock()
    spent = Spent(clock)
    with spent.phase(Phase.PREPARE):
        clock.now += 2
    with spent.phase(Phase.HEAD):
        clock.now += 3
        assert spent.so_far() == {Phase.PREPARE: 2, Phase.HEAD: 3}
    with spent.phase(Phase.HEAD):
        clock.now += 1
    assert spent.so_far() == {Phase.PREPARE: 2, Phase.HEAD: 4}


def test_a_phase_that_ends_with_an_error_counts():
    clock = Clock()
    spent = Spent(clock)

    def fail() -> None:
        with spent.phase(Phase.EXTRACT):
            clock.now += 5
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert spent.so_far() == {Phase.EXTRACT: 5}


def test_what_an_earlier_try_has_spent_is_added():
    spent = Spent(Clock())
    spent.add({"head": 7.0, "prepare": 1.0})
    spent.add({"head": 1.0})
    assert spent.so_far() == {Phase.HEAD: 8.0, Phase.PREPARE: 1.0}
