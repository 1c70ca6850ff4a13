"""The Runs page: found, compared, annotated, used again, trained further; quick with
two hundred runs."""

import time

import pytest

from tests.helpers import drawn, queued
from tests.pages.test_pages import HOSTILE, button, finished, in_place, page, words  # noqa: F401
from tltools import engine, files, runs
from tltools.config import RunConfig
from tltools.runs import lineage
from tltools.runs.events import EpochEvent, RunState, RunStatus


def completed(home, dataset, **settings) -> runs.Run:
    """A completed run with curves and scores; its model is a file that nothing here
    opens."""
    run = queued(home, dataset, **settings)
    for epoch in range(3):
        runs.append_event(
            run, EpochEvent("head", epoch, 1.0 - epoch / 4, 0.5 + epoch / 8, 0.9 - epoch / 4, 0.75,
                            1e-3, 1.0))
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=3, started=1.0, ended=9.0))
    run.model_path.write_bytes(b"model")
    files.write_json(run.path / "results.json", {
        "format": 1, "classes": ["stripes", "checks"], "best_epoch": 2, "val_accuracy": 0.75,
        "test_accuracy": 0.5, "split": {"train": 28, "validation": 6, "test": 6},
        "params": {"total": 10, "trainable": 5},
        "seconds": {"prepare": 1, "extract": 1, "head": 6, "fine_tune": 0, "evaluate": 0,
                    "total": 8}
    })
    return runs.read(home.workspace(), run.id)


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=6)


def table(app):
    return app.dataframe[0].value


def test_search_leaves_what_was_asked_for(home, dataset):
    first, _ = completed(home, dataset, name="first"), completed(home, dataset, name="second")
    runs.annotate(first, HOSTILE, ["school"])
    app = page("runs")
    assert list(table(app)["name"]) == ["second", "first"]
    assert list(table(app)["test"]) == [50.0, 50.0]
    assert list(table(app)["test images"]) == [6, 6]
    app.text_input(key="w-runs-search").set_value("evil").run()
    assert list(table(app)["name"]) == ["first"]
    app.text_input(key="w-runs-search").set_value("").run()
    app.multiselect(key="w-runs-tags").set_value(["school"]).run()
    assert list(table(app)["name"]) == ["first"]
    app.multiselect(key="w-runs-states").set_value(["failed"]).run()
    assert not app.exception
    assert "0 of 2 runs" in words(app)


def test_a_link_opens_a_run_and_its_words_are_saved(home, dataset):
    run = completed(home, dataset, name=HOSTILE)
    app = page("runs", run=run.id)
    assert [item.value for item in app.metric[:2]] == ["50.0 %", "75.0 %"]
    app.text_area(key=f"w-notes-{run.id}").set_value("![x](http://evil/x.png)\nline two").run()
    app.multiselect(key=f"w-tags-{run.id}").set_value(["a*b*"]).run()
    button(app, "save-words").click().run()
    assert not app.exception
    run = runs.read(home.workspace(), run.id)
    assert (run.name, run.notes, run.tags) \
        == (HOSTILE, "![x](http://evil/x.png)\nline two", ("a*b*",))
    for element in [*app.markdown, *app.caption, *app.subheader, *app.info]:
        assert "![x](" not in str(element.value)
        assert "a*b*" not in str(element.value)
    app = page("runs", run="nothing,../x")
    assert "was deleted" in words(app)


def test_several_are_compared(home, dataset):
    chosen = [
        completed(home, dataset, name=name, epochs=epochs)
        for name, epochs in (("a", 3), ("b", 3), ("c", 5))
    ]
    app = page("runs", run=",".join(run.id for run in chosen))
    assert len(app.get("plotly_chart")) == 2
    scores, settings = app.dataframe[1].value, app.dataframe[2].value
    assert list(scores["test accuracy"]) == ["50.0 % of 6 images"] * 3
    assert list(settings["setting"]) == ["Epochs for the head"]
    button(app, "delete-several").click().run()
    assert "will be gone" in words(app)
    assert len(runs.list_runs(home.workspace())) == 3
    assert button(app, "delete-now").label == "Delete 3 runs"


def test_settings_again_and_as_backbone_fill_the_draft(home, dataset):
    run = completed(home, dataset, name="old", epochs=17, learning_rate=0.02)
    app = page("runs", run=run.id)
    button(app, "again").click().run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.epochs, config.learning_rate, config.name, config.dataset) \
        == (17, 0.02, "", dataset.id)
    assert "Settings taken over" in words(app)
    assert app.number_input(key="w-epochs.1").value == 17

    app = page("runs", run=run.id)
    button(app, "as-backbone").click().run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.weights, config.weights_run, config.backbone) \
        == ("run", run.id, "MobileNet-0.25")
    assert app.selectbox(key="w-source-MobileNet-0.25-1.1").value == run.id
    assert not button(page("train"), "start").disabled
    runs.delete(run)
    assert "was deleted" in words(page("model"))
    app = page("train")
    assert "was deleted" in words(app)
    assert button(app, "start").disabled


def test_train_further_asks_how_long_and_shows_the_curve_before(home, dataset):
    """What a click in a dialog does cannot be seen here; tests/test_lineage.py has what
    it calls."""
    run = completed(home, dataset, name="old", epochs=3)
    app = page("runs", run=run.id)
    button(app, "further").click().run()
    assert app.number_input(key=f"w-further-{run.id}").value == 3
    child = lineage.train_further(home.workspace(), run, 4)
    assert (child.config().continues, child.config().epochs, child.curves().inherited) \
        == (run.id, 4, 3)
    app = page("train", run=child.id)
    assert "place 1 of 1" in words(app)
    assert len(app.get("plotly_chart")) == 2, "the curve before is there from the start"


def test_classify_follows_the_address(home, dataset):
    one, two = completed(home, dataset, name="one"), completed(home, dataset, name="two")
    app = page("classify", run=one.id)
    box = app.selectbox(key=f"w-run-{one.id}")
    assert box.value == one.id
    box.set_value(two.id).run()
    assert app.query_params["run"] in (two.id, [two.id])
    app.run()
    assert app.selectbox(key=f"w-run-{two.id}").value == two.id
    assert "was deleted" in words(page("classify", run="20200101-000000-abcdef"))


def test_disk_is_measured_and_freed(home, dataset):
    run = completed(home, dataset)
    files.write_bytes(run.checkpoints / "last.npz", b"c" * 2_000_000)
    app = page("runs")
    button(app, "measure").click().run()
    app.run()
    assert "frees 2.0 MB" in button(app, "free-checkpoints").label
    button(app, "free-checkpoints").click().run()
    app.run()
    assert not app.exception
    assert not run.checkpoints.exists()
    assert "2.0 MB are free again" in words(app)
    assert button(app, "free-checkpoints").disabled
    assert engine.connect().status().running


def test_two_hundred_runs_answer_within_a_second(home, dataset):
    for number in range(200):
        completed(home, dataset, name=f"run {number}")
    app = page("runs")
    begun = time.monotonic()
    app.text_input(key="w-runs-search").set_value("run 17").run()
    passed = time.monotonic() - begun
    assert len(table(app)) == 12
    assert passed < 1
