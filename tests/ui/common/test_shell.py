"""What surrounds every page: the engine's banner."""

from tests.ui.helpers import button, page, words
from tltools import engine
from tltools.errors import Problem


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
