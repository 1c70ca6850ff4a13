"""One run as pages show it: where it waits or stands, how it ended, its scores with
how many pictures stand behind them."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import HOSTILE, button, page, words
from tltools import engine, files, runs
from tltools.engine import EngineStatus
from tltools.errors import Problem
from tltools.runs.events import EpochEvent, ResumeEvent, RunState, RunStatus
from tltools.ui.common import run_view


def test_result_shows_both_scores_and_how_many_images(finished):
    app = page("train", run=finished.id)
    assert [item.value for item in app.metric[:2]] == ["50.0 %", "75.0 %"]
    assert "6 test images" in words(app)


@pytest.mark.parametrize("damage", [b"", b"[1]", b'{"split": 3, "seconds": 4}'])
def test_damaged_results_are_said_and_the_ways_on_stay(finished, damage):
    files.write_bytes(finished.path / "results.json", damage)
    app = page("train", run=finished.id)
    assert "results of this run cannot be read" in words(app)
    assert button(app, "another")
    assert button(app, "next-classify")
    app = page("runs", run=finished.id)
    assert "results of this run cannot be read" in words(app)
    assert button(app, "delete")


@pytest.fixture
def run(home) -> runs.Run:
    """A queued run."""
    return queued(home, drawn(home, per_class=3))


def test_a_waiting_run_says_its_place_and_how_long_a_turn_takes(monkeypatch, run):
    status = EngineStatus(running=True, starting=False, line=("other", run.id), under_way=1,
                          typical_seconds=200.0)
    monkeypatch.setattr(engine.connect(), "status", lambda: status)
    said = words(page("train", run=run.id))
    assert "place 2 of 2 in the queue. One run is training now." in said
    assert "The last runs took about 3 min each." in said
    assert "take turns" not in said, "nobody else is here"


def test_a_running_one_says_how_far_it_is(run):
    runs.write_status(run, RunStatus(state=RunState.RUNNING, phase="head", total=9, unit="steps",
                                     heartbeat=files.now(), seconds_left=12.0))
    app = page("train", run=run.id)
    bar = app.get("progress")[0].proto
    assert bar.text == "Training the head: 0 of 9 steps, about 12 s left"
    assert "The first step prepares the network" in words(app)
    runs.write_status(run, RunStatus(state=RunState.RUNNING, phase="head", done=3, total=9,
                                     unit="steps", heartbeat=files.now()))
    app.run()
    bar = app.get("progress")[0].proto
    assert (bar.text, bar.value) == ("Training the head: 3 of 9 steps", 33)
    assert "The first step" not in words(app)


@pytest.mark.parametrize(("state", "said"), [
    (RunState.FAILED, "Ended with a problem."), (RunState.STOPPED, "The best weights so far"),
    (RunState.INTERRUPTED, "Training was interrupted"),
])
def test_how_it_ended(run, state, said):
    runs.write_status(run, RunStatus(state=state, epoch=1))
    run.model_path.write_bytes(b"model")
    assert said in words(page("train", run=run.id))


def test_what_ended_it_is_shown_as_text(run):
    problem = Problem("The loss is no number", HOSTILE, "Lower the learning rate.").as_dict()
    runs.write_status(run, RunStatus(state=RunState.FAILED, problem=problem))
    (box,) = page("train", run=run.id).error
    assert "The loss is no number" in box.value
    assert "Lower the learning rate" in box.value
    assert "![x](" not in box.value


def test_a_damaged_record_is_named(run):
    (run.path / "status.json").write_bytes(b"{")
    app = page("train", run=run.id)
    assert "This run&#39;s record is damaged" in words(app)
    assert not [item for item in app.button if item.key == "resume"]


def scored(run: runs.Run, **changes) -> None:
    """Give a finished run these results in place of its own."""
    files.write_json(run.path / "results.json", {**run.results(), **changes})


def test_what_stands_behind_the_scores_is_said(home, finished):
    files.write_json(finished.path / "config.json",
                     {**finished.config().as_dict(), "patience": 4, "epochs": 30})
    scored(finished, history={"loss": [1.0] * 7})
    said = words(page("train", run=finished.id))
    assert "5 of 10 parameters learned." in said
    assert "Early stopping: 7 of 30 epochs" in said
    assert "It waits 4 epochs of a phase for a better" in said
    assert "With 6 test images each one counts for 17 %" in said
    assert "6 validation images · kept: epoch 1, lowest validation loss" in said


def test_without_test_and_validation_pictures_there_is_no_honest_score(finished):
    scored(finished, split={"train": 40, "validation": 0, "test": 0}, test_accuracy=None,
           val_accuracy=None, best_epoch=None)
    app = page("train", run=finished.id)
    assert [item.value for item in app.metric] == ["–", "–", "50.0 %"]
    said = words(app)
    assert "no test images were set aside" in said
    assert "lowest training loss" in said
    assert "each one counts" not in said


def test_beside_the_scores_stands_what_the_largest_class_alone_would_reach(finished):
    scored(finished, majority_baseline=21 / 22, never_predicted=[HOSTILE],
           split={"train": 108, "validation": 22, "test": 22}, test_accuracy=21 / 22)
    app = page("train", run=finished.id)
    assert (app.metric[2].label, app.metric[2].value) == ("Always the largest class", "95.5 %")
    assert "by chance, with equally many pictures of each class: 50.0 %" in words(app)
    (box,) = app.warning
    assert "A class is never the answer" in box.value
    assert "The network called none of the 22 test pictures" in box.value
    assert "balanced" in box.value
    assert "![x](" not in box.value
    assert "test images" in app.metric[2].help
    scored(finished, split={"train": 108, "validation": 22, "test": 0}, test_accuracy=None,
           never_predicted=[])
    app = page("train", run=finished.id)
    assert "validation images" in app.metric[2].help
    assert not app.warning


@pytest.mark.parametrize("damage", [{"majority_baseline": "x"}, {"never_predicted": 3},
                                    {"never_predicted": [1, None], "majority_baseline": [1]}])
def test_strange_figures_beside_the_scores_hide_nothing_else(finished, damage):
    scored(finished, **damage)
    app = page("train", run=finished.id)
    assert "results of this run cannot be read" in words(app)
    assert button(app, "next-classify")


@pytest.mark.parametrize(("starting", "said"), [(True, "The computing engine is starting"),
                                                (False, "Waiting for its turn")])
def test_while_the_engine_starts_a_run_does_not_wait_for_its_turn(monkeypatch, run, starting, said):
    monkeypatch.setattr(engine.connect(), "status",
                        lambda: EngineStatus(running=not starting, starting=starting))
    (box,) = page("train", run=run.id).info
    assert said in box.value


def epoch(number: int, loss: float = 1.0) -> EpochEvent:
    return EpochEvent("head", number, loss, 0.5, loss, 0.75, 1e-3, 1.0)


@pytest.fixture
def offsets(monkeypatch) -> list[int]:
    """From where events are read, each time they are."""
    asked, read = [], files.read_json_lines

    def spied(path, offset=0):
        asked.append(offset)
        return read(path, offset)

    monkeypatch.setattr(files, "read_json_lines", spied)
    return asked


def test_events_are_read_on_from_where_they_were_read_to(run, offsets):
    """Each second, for as long as a run trains and a tab is open."""
    for number in range(3):
        runs.append_event(run, epoch(number))
        assert run_view.curves(run) == run.curves()
    size = (run.path / "events.jsonl").stat().st_size
    assert offsets[::2] == [0, size // 3, size // 3 * 2]
    run_view.curves(run)
    assert offsets[-1] == size


def test_curves_that_are_read_on_are_right_after_a_resume_and_a_new_file(home, run, offsets):
    for number in range(3):
        runs.append_event(run, epoch(number))
    run_view.curves(run)
    runs.append_event(run, ResumeEvent(1, 0.0))
    runs.append_event(run, epoch(1, 0.25))
    assert [item["loss"] for item in run_view.curves(run).epochs] == [1.0, 0.25]
    path = run.path / "events.jsonl"
    with open(path, "ab") as file:
        file.write(b'{"event": "epoch", "epo')
    assert run_view.curves(run) == run.curves(), "a line that is being written"
    size = path.stat().st_size
    for data in (path.read_bytes()[:200], b"", b"7\n" * size):  # shorter; empty; longer, in place
        path.write_bytes(data)
        assert run_view.curves(run) == run.curves()
        runs.append_event(run, epoch(5, 0.5))
        assert run_view.curves(run) == run.curves()
    files.write_bytes(path, path.read_bytes().replace(b"0.5", b"0.6"))  # replaced, same length
    assert run_view.curves(run) == run.curves()
    other = queued(home, drawn(home, per_class=3, seed=2))
    runs.append_event(other, epoch(0, 0.125))
    for shown in (other, run, other):
        assert run_view.curves(shown) == shown.curves()
    path.unlink()
    assert run_view.curves(run).epochs == []


def test_few_histories_are_kept(home, run):
    for _ in range(5):
        other = runs.create(home.workspace(), run.config(), run.dataset())
        runs.append_event(other, epoch(0))
        run_view.curves(other)
    import streamlit as st

    assert len(st.session_state[run_view.FOLLOWED]) == 2
