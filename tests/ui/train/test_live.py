"""A run on the Train page: going on after an interruption, and what comes next."""

from tests.helpers import drawn, queued
from tests.ui.helpers import button, page, words
from tltools import runs
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
