"""A run on the Train page: stopped, gone on with after an interruption, and what comes
next."""

import html

import pytest
from streamlit.testing.v1 import AppTest

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
    assert app.title[0].value == "Stopped before the first epoch was finished"
    assert button(app, "resume").label == "Start it again"


@pytest.mark.parametrize(("state", "epoch", "title"), [
    (RunState.COMPLETED, 3, "Result"),
    (RunState.INTERRUPTED, 3, "Result so far: interrupted after epoch 3"),
    (RunState.STOPPED, 3, "Result so far: stopped after epoch 3"),
    (RunState.FAILED, 3, "Result so far: ended with a problem after epoch 3"),
    (RunState.INTERRUPTED, 0, "Interrupted before the first epoch was finished"),
])
def test_the_title_says_that_a_run_is_unfinished(finished, state, epoch, title):
    runs.write_status(finished, RunStatus(state=state, epoch=epoch))
    assert page("train", run=finished.id).title[0].value == title
    said = words(page("runs", run=finished.id)).lower()
    assert (title.removeprefix("Result so far: ").lower() in said) == (title != "Result")


def test_epochs_of_the_run_before_are_counted(finished):
    files.write_json(finished.path / "before.json", {"epochs": [{"epoch": 0, "loss": 1.0}] * 10})
    runs.write_status(finished, RunStatus(state=RunState.STOPPED, epoch=1))
    app = page("train", run=finished.id)
    assert app.title[0].value == "Result so far: stopped after epoch 11"
    assert button(app, "resume").label == "Go on from epoch 12"


def test_a_damaged_run_is_not_said_to_have_come_so_far(finished):
    (finished.path / "status.json").write_bytes(b"{")
    assert page("train", run=finished.id).title[0].value == "Result"


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


ODD = [b"", b"{", b"[1]", b'{"backbone": ["x"], "watch": 3}', b'{"unfreeze_stages": "all"}',
       b'{"backbone": "GoneNet", "epochs": "many", "patience": "x", "time_limit": []}']


@pytest.mark.parametrize("damage", ODD)
@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.RUNNING, RunState.STOPPED])
def test_damaged_settings_leave_the_rest_of_the_page(finished, damage, state):
    runs.write_status(finished, RunStatus(state=state, phase="head", epoch=1, done=1, total=9,
                                          heartbeat=files.now()))
    app = page("train", run=finished.id)
    assert not app.error, words(app)
    files.write_bytes(finished.path / "config.json", damage)
    app.run()
    assert not app.exception
    assert len(app.error) == 1
    assert any(word in html.unescape(app.error[0].value) for word in ("config.json", "GoneNet"))
    assert "Something went wrong" not in words(app)
    assert button(app, "another")
    assert len(app.get("plotly_chart")) == 2, "its curves"
    assert len(app.metric) == (0 if state is RunState.RUNNING else 3), "its scores"


@pytest.mark.parametrize("damage", [
    {"phase": "dance"}, {"phase": 3, "done": "x"}, {"total": None}, {"seconds_left": "soon"},
    {"problem": 3}, {"problem": {"title": "x"}}, {"problem": {"a": 1}}, {"epoch": "x"}
])
@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_a_strange_status_leaves_the_rest_of_the_page(finished, damage, state):
    status = RunStatus(state=state, phase="head", done=1, total=9, epoch=1, heartbeat=files.now())
    files.write_json(finished.path / "status.json", {**status.as_dict(), **damage})
    app = page("train", run=finished.id)
    assert not app.exception
    assert "Something went wrong" not in words(app)
    assert button(app, "another")


def test_a_line_of_events_that_is_a_number_leaves_the_curves(finished):
    with open(finished.path / "events.jsonl", "a") as file:
        file.write('7\n{"event": "epoch", "epoch": 1, "loss": "x", "accuracy": 1}\n')
    app = page("train", run=finished.id)
    assert not app.error, words(app)
    assert len(app.get("plotly_chart")) == 2


def test_a_run_that_is_deleted_while_it_is_shown_is_a_sentence(home):
    def script(run_id: str):
        from tltools.ui.train import live

        live._live(run_id)

    run = queued(home, drawn(home, per_class=3))
    app = AppTest.from_function(script, kwargs={"run_id": run.id}).run()
    assert not app.exception
    runs.delete(run)
    app.run()
    assert not app.exception
    assert "no such run" in words(app)
