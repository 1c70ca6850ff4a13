"""A run on the Train page: stopped, gone on with after an interruption, and what comes
next."""

from tests.helpers import drawn, queued
from tests.ui.helpers import button, page, words
from tltools import files, runs
from tltools.runs.events import RunState, RunStatus


def test_interrupted_run_offers_to_go_on(home):
    run = queued(home, drawn(home))
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=1.0, epoch=2))
    app = page("train", run=run.id)
    assert "interrupted" in words(app).lower()
    resume = button(app, "resume")
    assert resume.label == "Go on from epoch 3"
    resume.click().run()
    assert runs.read(home.workspace(), run.id).state is RunState.QUEUED


def test_what_comes_next_classifies_with_the_run_that_is_shown(home, finished):
    newer = queued(home, drawn(home, family="shapes"))
    runs.write_status(newer, RunStatus(state=RunState.COMPLETED, epoch=1))
    (newer.path / "model.keras").write_bytes(b"model")
    app = page("train", run=finished.id)
    button(app, "next-classify").click().run()
    assert app.query_params["run"] in (finished.id, [finished.id])


def test_a_queued_run_is_taken_out_of_the_queue(home):
    run = queued(home, drawn(home, per_class=3))
    app = page("train", run=run.id)
    assert app.title[0].value == "Training"
    assert button(app, "stop").label == "Take it out of the queue"
    button(app, "stop").click().run()
    assert runs.read(home.workspace(), run.id).state is RunState.STOPPED
    app.run()
    assert app.title[0].value == "Result"
    assert button(app, "resume").label == "Start it again"


def test_a_running_run_is_asked_to_stop_and_says_so(home):
    run = queued(home, drawn(home, per_class=3))
    runs.write_status(run, RunStatus(state=RunState.RUNNING, phase="head", done=1, total=9,
                                     heartbeat=files.now()))
    app = page("train", run=run.id)
    assert button(app, "stop").label == "Stop and keep the best so far"
    button(app, "stop").click().run()
    assert run.stop_requested()
    app.run()
    assert "Stopping. The best weights so far are being kept" in words(app)
    assert not [item for item in app.button if item.key == "stop"]


def test_set_up_another_leads_to_the_settings_and_leaves_the_run(home, finished):
    app = page("train", run=finished.id)
    button(app, "another").click().run()
    assert not app.exception
    assert app.title[0].value == "Train"
    assert app.number_input(key="w-epochs")
    assert [run.id for run in runs.list_runs(home.workspace())] == [finished.id]


def test_damaged_settings_of_a_run_are_a_sentence(finished):
    (finished.path / "config.json").write_bytes(b"{")
    app = page("train", run=finished.id)
    assert len(app.error) == 1
    assert "Something went wrong" not in words(app)
