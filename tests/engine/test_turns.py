"""The real engine's dispatch: people take turns, and with two at once nobody has both.
"""

import pytest

from tests.helpers import drawn, until
from tests.runs.helpers import add
from tltools import runs
from tltools.engine.client import Engine
from tltools.runs import queue
from tltools.runs.events import RunState

pytestmark = pytest.mark.slow


def test_people_take_turns_with_two_at_once(home, monkeypatch):
    dataset = drawn(home, per_class=10)
    made = [
        add(home, dataset, person, index)
        for index, person in enumerate(("anna", "anna", "ben", "cem"))
    ]
    monkeypatch.setenv("TLTOOLS_AT_ONCE", "2")
    engine, most, both = Engine(home), 0, False
    try:
        engine.wait()
        assert {"train", "train-2"} <= set(engine.status().workers)

        def done() -> bool:
            nonlocal most, both
            now = [runs.read_folder(run.path) for run in made]
            running = [queue.owner(run) for run in now if run.state is RunState.RUNNING]
            most, both = max(most, len(running)), both or len(running) != len(set(running))
            return all(run.state.ended for run in now)

        until(done, 180)
        now = [runs.read_folder(run.path) for run in made]
        assert [run.state for run in now] == [RunState.COMPLETED] * 4
        assert most == 2
        assert not both, "one person had two running"
        starts = sorted((run.status.started, queue.owner(run)) for run in now)
        assert {person for _, person in starts[:3]
                } == {"anna", "ben", "cem"}, "everybody had a turn before the second round"
    finally:
        engine.stop()
