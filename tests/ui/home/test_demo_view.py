"""The Home page's demonstration: one button, two lanes, and what the result means."""

import pytest

from tests.ui.helpers import button, page, words
from tltools import files, runs
from tltools.datasets import store
from tltools.recipes import demonstration
from tltools.runs.events import EpochEvent, RunState, RunStatus


def lanes(app) -> dict[str, str]:
    """The test accuracy under each lane's title."""
    return {item.label.split(":")[0][2:]: item.value for item in app.metric}


def ended(run: runs.Run, test_accuracy: float, learned: float = 0.98, epochs: int = 1) -> None:
    """Let a run of a demonstration be completed with this score, and this accuracy on
    the training pictures in its last epoch."""
    runs.append_event(run, EpochEvent("head", 0, 0.1, 0.98, 0.9, 0.5, 1e-3, 1.0))
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1, started=1.0, ended=9.0))
    files.write_json(run.path / "results.json", {
        "format": 1, "test_accuracy": test_accuracy, "history": {"accuracy": [learned] * epochs},
        "split": {"train": 72, "validation": 48, "test": 120},
        "params": {"total": 1_000_000, "trainable": 1_234}, "seconds": {"head": 16.0, "total": 7.0}
    })


@pytest.fixture
def both(home) -> tuple[runs.Run, runs.Run]:
    """The two queued runs of a demonstration."""
    record = demonstration.prepare(home=str(home.path), workspace="local", seed=1)
    frozen, scratch = (runs.read(home.workspace(), record[name]) for name in ("frozen", "scratch"))
    return frozen, scratch


@pytest.mark.slow
def test_one_button_draws_and_queues_both(home):
    app = page("home")
    assert button(app, "go-demo").label == "Show me (under a minute)"
    assert "240 pictures of 4 kinds of textures" in words(app)
    button(app, "go-demo").click().run()
    app.run()
    assert not app.exception
    (dataset,) = store.list_datasets(home.workspace())
    assert (dataset.source, len(dataset.images)) == (demonstration.SOURCE, 240)
    assert [run.state for run in runs.list_runs(home.workspace())] == [RunState.QUEUED] * 2
    assert lanes(app) == {"Pretrained and frozen": "–", "From scratch": "–"}
    assert words(app).count("starting: the process that trains gets ready") == 1
    assert words(app).count("waits for its turn") == 1
    assert button(app, "go-demo").disabled, "one at a time"
    assert button(app, "next-data"), "its pictures are not the person's own"


def test_a_lane_says_what_it_is_doing(both):
    frozen, scratch = both
    ended(frozen, 0.9)
    runs.write_status(scratch, RunStatus(state=RunState.RUNNING, phase="head", done=3, total=9,
                                         heartbeat=files.now(), seconds_left=12.0))
    app = page("home")
    assert lanes(app) == {"Pretrained and frozen": "90.0 %", "From scratch": "–"}
    assert "Training the whole network, about 12 s left" in words(app)
    assert "What you see" not in words(app), "only once both have ended"
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize(("ours", "theirs", "said"), [(0.9, 0.4, "is ahead:"),
                                                      (0.4, 0.4, "is not ahead this time:")])
def test_what_the_result_means(both, ours, theirs, said):
    for run, score in zip(both, (ours, theirs), strict=True):
        ended(run, score)
    app = page("home")
    assert not app.error
    text = words(app)
    assert f"The frozen network {said}" in text
    assert f"{ours:.1%} against {theirs:.1%}".replace("%", " %") in text
    assert "got 98.0 % of its 72 *training* pictures right" in text
    assert "of 120 test pictures · 7 s · 1,234 of 1,000,000 parameters learned" in text
    assert button(app, "go-demo").label == "Again, with other pictures"
    assert not button(app, "go-demo").disabled


@pytest.mark.slow
def test_again_draws_other_pictures(home, both):
    for run in both:
        ended(run, 0.5)
    app = page("home")
    button(app, "go-demo").click().run()
    app.run()
    assert not app.exception
    assert demonstration.last(home.workspace()).seed == 2
    assert len(runs.list_runs(home.workspace())) == 4


def test_a_run_that_failed_or_was_deleted_is_told_and_the_rest_of_the_page_stands(home, both):
    frozen, scratch = both
    runs.write_status(scratch, RunStatus(state=RunState.FAILED))
    ended(frozen, 0.9)
    app = page("home")
    assert "failed: see the Runs page" in words(app)
    assert "What you see" not in words(app)
    assert button(app, "next-data")
    runs.delete(scratch)
    app = page("home")
    assert button(app, "go-demo").label == "Show me (under a minute)"
    assert not app.metric


@pytest.mark.parametrize("damage", [
    b"", b'{"test_accuracy": 1}', b'{"test_accuracy": "x"}'
])
def test_damaged_results_do_not_hide_the_rest_of_the_page(both, damage):
    for run in both:
        ended(run, 0.5)
    files.write_bytes(both[0].path / "results.json", damage)
    app = page("home")
    assert button(app, "go-demo").label == "Again, with other pictures"
    assert "results of this demonstration cannot be read" in words(app)
    assert [item for item in app.button if item.key == "next-data"]


def test_without_the_bundled_backbone_there_is_nothing_to_show(monkeypatch):
    monkeypatch.setattr("tltools.weights.bundled_available", lambda: False)
    app = page("home")
    assert "not in this installation" in words(app)
    assert not [item for item in app.button if item.key == "go-demo"]
    assert button(app, "next-data")


def test_while_the_engine_starts_nothing_waits_for_its_turn(both, monkeypatch):
    """It ends when it has been idle; its start takes longer than a turn."""
    from tltools import engine

    monkeypatch.setattr(engine.connect(), "status",
                        lambda: engine.EngineStatus(running=False, starting=True))
    app = page("home")
    assert words(app).count("the computing engine is starting") == 2
    assert "waits for its turn" not in words(app)


@pytest.mark.slow
def test_a_network_that_had_too_little_time_did_not_learn_by_heart(home, both):
    """On a slow machine: two epochs, 39 % of the training pictures, and overfitting was
    what the page said."""
    frozen, scratch = both
    ended(frozen, 0.9)
    ended(scratch, 0.3, learned=0.39, epochs=2)
    app = page("home")
    text = words(app)
    assert "by heart" not in text
    assert "has not even learned its 72 *training* pictures yet" in text
    assert "39.0 % of them right" in text
    assert "too short: 2 epochs in 16 s" in text
    again = button(app, "go-demo")
    assert again.label == "Again, with more time (120 s for each)"
    again.click().run()
    app.run()
    assert not app.exception
    found = demonstration.last(home.workspace())
    assert found.seconds == 120
    for run_id in (found.frozen, found.scratch):
        assert runs.read(home.workspace(), run_id).config().time_limit == 120, "both alike"
    for run_id, learned in ((found.frozen, 0.98), (found.scratch, 0.98)):
        ended(runs.read(home.workspace(), run_id), 0.9, learned)
    app = page("home")
    assert "at most 120 seconds" in words(app)
    assert "Both are good: 90.0 % against 90.0 %" in words(app)
    assert button(app, "go-demo").label == "Again, with other pictures"


def test_what_is_known_of_other_pictures_too_is_not_called_by_heart(both):
    frozen, scratch = both
    ended(frozen, 0.95)
    ended(scratch, 0.75, learned=0.85)
    text = words(page("home"))
    assert "by heart" not in text
    assert "nearly as well on new ones" in text
