"""What surrounds every page: the steps with their ticks, the engine's banner, the last
line for a fault."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import button, page, words
from tltools import engine, files, runs
from tltools.config import RunConfig
from tltools.errors import Problem, TltoolsError
from tltools.recipes import demonstration
from tltools.runs.events import RunState, RunStatus


def test_engine_gone_is_said_and_it_can_be_started_again(home):
    here = engine.connect()
    here.running = False
    here.start = lambda: None
    app = page("home")
    assert "has stopped" in words(app)
    assert button(app, "restart-engine")


def test_an_engine_that_cannot_work_here_is_one_sentence(home):
    here = engine.connect()
    here.trouble = Problem("This processor is too old for TensorFlow",
                           "It has no AVX instructions.", "Use another.")
    app = page("home")
    assert "no AVX" in words(app)
    assert not [item for item in app.button if item.key == "restart-engine"]


def steps(app) -> list[str]:
    """The labels of the line of pages."""
    return [item.proto.label for item in app.get("page_link")][:7]


def test_a_step_gets_its_tick_when_it_is_done(home):
    assert steps(page("home")) \
        == ["**Home**", "1 Data", "2 Model", "3 Train", "4 Classify", "Runs", "Glossary"]
    dataset = drawn(home)
    assert steps(page("home"))[1:4] == ["✓ Data", "2 Model", "3 Train"]
    files.write_json(home.workspace().draft, RunConfig(backbone="VGG16").as_dict())
    assert steps(page("home"))[1:4] == ["✓ Data", "2 Model", "3 Train"], "its weights are not here"
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="VGG16", weights="none").as_dict())
    assert steps(page("home"))[1:4] == ["✓ Data", "✓ Model", "3 Train"]
    run = queued(home, dataset)
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
    run.model_path.write_bytes(b"model")
    assert steps(page("home"))[1:5] == ["✓ Data", "✓ Model", "✓ Train", "4 Classify"]


def test_the_demonstration_ticks_nothing(home):
    record = demonstration.prepare(home=str(home.path), workspace="local", seed=1)
    run = runs.read(home.workspace(), record["frozen"])
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
    run.model_path.write_bytes(b"model")
    assert steps(page("home"))[1:5] == ["1 Data", "2 Model", "3 Train", "4 Classify"]


@pytest.mark.parametrize(("error", "said"), [
    (RuntimeError("secret of /home/somebody"), "Something went wrong here"),
    (TltoolsError("The disk is full.", "Free some space."), "Free some space"),
])
def test_what_a_page_ran_into_is_one_sentence(monkeypatch, error, said):
    def show() -> None:
        raise error

    monkeypatch.setattr("tltools.ui.home.demo_view.show", show)
    app = page("home")
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert "secret" not in words(app)
    assert steps(app)[1] == "1 Data", "the way to the other pages stays"


@pytest.mark.parametrize(("trouble", "asked"), [
    (None, {}), (Problem("It does not start", "It ended at once.", "Try again."), {"again": True})
])
def test_a_press_starts_the_engine_again(monkeypatch, trouble, asked):
    here, presses = engine.connect(), []
    monkeypatch.setattr(here, "start", lambda **asked: presses.append(asked))
    here.running, here.trouble = False, trouble
    app = page("home")
    before = len(presses)
    button(app, "restart-engine").click().run()
    assert asked in presses[before:]
    here.running, here.trouble = True, None
    app.run()
    assert not [item for item in app.button if item.key == "restart-engine"]
