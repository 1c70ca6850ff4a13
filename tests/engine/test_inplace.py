"""The stand-in has the engine's face: what pages call on one they can call on the
other."""

import inspect

import pytest

from tests.helpers import drawn, queued
from tltools import runs
from tltools.engine.client import Engine
from tltools.engine.inplace import InPlaceEngine
from tltools.errors import DatasetError, EngineError
from tltools.runs.events import RunState

DRAW = "tltools.datasets.drawn.synthesize:synthesize"


def test_it_has_every_method_of_the_real_one():
    def methods(kind):
        return {name: list(inspect.signature(item).parameters)
                for name, item in vars(kind).items()
                if inspect.isfunction(item) and not name.startswith("_")}

    ours = methods(InPlaceEngine)
    for name, parameters in methods(Engine).items():
        assert ours.get(name) == parameters, name


def test_tasks_run_at_once_and_their_outcomes_wait(home):
    engine = InPlaceEngine(home)
    arguments = {"home": str(home.path), "workspace": "local", "classes": 2, "per_class": 2}
    task = engine.submit("data", DRAW, family="noise", **arguments)
    assert engine.task(task).result["used"] == 4
    engine.forget(task)
    assert engine.task(task).problem.title == "Lost"
    failed = engine.submit("data", DRAW, family="x", **arguments)
    assert "family" in engine.task(failed).problem.reason
    with pytest.raises(DatasetError, match="family"):
        engine.call("data", DRAW, family="x", **arguments)


def test_it_can_be_away(home):
    engine = InPlaceEngine(home)
    assert engine.stop()
    assert not engine.status().running
    with pytest.raises(EngineError):
        engine.submit("data", DRAW)
    engine.start()
    assert engine.status().running


@pytest.mark.slow
def test_it_trains_what_is_queued(home):
    made = queued(home, drawn(home, per_class=8), epochs=1)
    engine = InPlaceEngine(home)
    assert engine.status().line == (made.id, )
    assert engine.run_queue() == 1
    assert runs.read(home.workspace(), made.id).state is RunState.COMPLETED
