"""The Train page before a run: what keeps the start away, and the start."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import button, page, words
from tltools import files, runs
from tltools.config import RunConfig
from tltools.datasets import edits
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


def test_everything_in_the_way_is_said_at_once(home):
    dataset = drawn(home)
    edits.set_disabled(home.workspace(), dataset.id, [dataset.classes[0].id], True)
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="InceptionV3", input_size=32, epochs=2, warm_up=5).as_dict())
    app = page("train")
    assert button(app, "start").disabled
    said = words(app)
    for piece in ("two", "shortest phase has 2", "not on this machine", "needs at least 75"):
        assert piece in said
    assert not runs.list_runs(home.workspace())


def test_the_first_settings_follow_what_learns(home):
    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", unfreeze_stages=2).as_dict())
    app = page("train")
    assert "4 of 6 stages frozen" in app.text[0].value
    app.number_input(key="w-fine_tune_epochs").set_value(8).run()
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).fine_tune_epochs == 8
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="MobileNet-0.25", weights="none", unfreeze_stages=-1).as_dict())
    app = page("train")
    assert app.number_input(key="w-epochs").label == "Epochs"
    assert not [item for item in app.number_input if item.key == "w-fine_tune_epochs"]


def test_a_second_run_waits_behind_the_first_and_has_its_own_name(home):
    dataset = drawn(home)
    first = queued(home, dataset)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none").as_dict())
    app = page("train")
    assert app.query_params["run"] in (first.id, [first.id]), "what trains now is shown first"
    app = page("train", run="new")
    assert button(app, "start").label == "Start training (after 1 in the queue)"
    app.text_input(key="w-run-name").set_value("my *second*")
    button(app, "start").click().run()
    assert not app.exception
    assert {run.name for run in runs.list_runs(home.workspace())} == {first.name, "my *second*"}


def test_without_pictures_the_way_to_them_is_shown():
    app = page("train")
    assert "There are no pictures yet" in words(app)
    assert button(app, "next-data")
    assert not [item for item in app.button if item.key == "start"]
