"""The Train page before a run: what keeps the start away, and the start."""

import pytest

from tests.helpers import drawn
from tests.ui.helpers import button, page, words
from tltools import files, runs
from tltools.config import RunConfig
from tltools.runs.events import RunState


def test_missing_weights_block_the_start_and_say_so(home):
    drawn(home)
    files.write_json(home.workspace().draft, RunConfig(backbone="VGG16").as_dict())
    app = page("train")
    assert button(app, "start").disabled
    assert "not on this machine" in words(app)


def test_start_queues_a_run(home):
    drawn(home)
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="MobileNet-0.25", weights="none", unfreeze_stages=-1,
                  input_size=32).as_dict())
    app = page("train")
    button(app, "start").click().run()
    assert not app.exception
    (run,) = runs.list_runs(home.workspace())
    assert run.state is RunState.QUEUED
    assert app.query_params["run"] == [run.id] or app.query_params["run"] == run.id
    assert "place 1 of 1" in words(app)


@pytest.mark.parametrize("named", ["../x", "nothing", "20200101-000000-abcdef"])
def test_bad_links_are_a_sentence(home, named):
    drawn(home)
    app = page("train", run=named)
    assert app.warning
    assert str(home.path) not in words(app)
