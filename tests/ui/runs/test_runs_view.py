"""The Runs page: found, compared, annotated, deleted after a question; of two
hundred runs little is read again."""

from collections import Counter

import pytest

from tests.helpers import drawn
from tests.ui.helpers import HOSTILE, button, completed, page, words
from tltools import files, runs
from tltools.runs.events import RunState, RunStatus
from tltools.ui.runs import runs_view


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=6)


def table(app):
    return app.dataframe[0].value


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_the_table_fits_unless_all_columns_are_asked_for(home, dataset):
    """With all of them it was cut at 1280 pixels, without a word."""
    run = completed(home, dataset, name="first")
    app = page("runs", run=run.id)
    shown = list(app.dataframe[0].proto.column_order)
    widths = runs_view._columns()
    assert {"name", "state", "test", "test images"} <= set(shown)
    assert sum(widths[name]["width"] for name in shown) <= 1_120 - 35  # less the boxes to tick
    app.toggle(key="w-runs-all").set_value(True).run()
    assert not app.exception
    assert not app.dataframe[0].proto.column_order
    assert button(app, "open"), "it is still ticked"


def test_delete_asks_first(home, finished):
    app = page("runs", run=finished.id)
    button(app, "delete").click().run()
    assert runs.list_runs(home.workspace())
    assert button(app, "delete-now").label == "Delete the run"
    assert "will be gone" in words(app)


@pytest.mark.slow
def test_of_two_hundred_runs_only_what_may_change_is_read_again(home, dataset, monkeypatch):
    """Every run of the page reads each run's name and state, and nothing else twice."""
    for number in range(200):
        completed(home, dataset, name=f"run {number}")
    app = page("runs")
    opened, read = Counter(), files.read_json

    def counted(path):
        opened[path.name] += 1
        return read(path)

    monkeypatch.setattr(files, "read_json", counted)
    app.text_input(key="w-runs-search").set_value("run 17").run()
    assert not app.exception
    assert not app.error
    assert len(table(app)) == 12
    assert opened == {"run.json": 200, "status.json": 200}


@pytest.mark.slow
def test_nothing_yet_and_nothing_ticked_say_what_to_do(home):
    app = page("runs")
    assert "There are no runs yet" in words(app)
    completed(home, drawn(home, per_class=3))
    app = page("runs")
    assert "Tick **one** run" in words(app)
    assert button(app, "next-train")


@pytest.mark.slow
def test_a_damaged_run_is_marked_in_the_list_and_can_be_deleted(home, dataset):
    good, bad = completed(home, dataset, name="good"), completed(home, dataset, name="bad")
    (bad.path / "config.json").write_bytes(b"{")
    app = page("runs", run=bad.id)
    states = dict(zip(table(app)["name"], table(app)["state"], strict=True))
    assert states == {"good": "✓ completed", "bad": "⚠ damaged"}
    assert "config&#46;json is damaged" in words(app)
    assert [item for item in app.button if item.key == "measure"], "the page goes on to its end"
    button(app, "delete").click().run()
    assert button(app, "delete-now")
    assert "Something went wrong" not in words(page("runs", run=f"{good.id},{bad.id}"))


def test_settings_of_a_run_are_listed_with_the_run_it_came_from(home, dataset):
    first = completed(home, dataset, name="the first")
    second = completed(home, dataset, name="second", weights="run", weights_run=first.id)
    app = page("runs", run=second.id)
    shown = next(item.value for item in app.dataframe if "value" in item.value)
    values = dict(zip(shown["setting"], shown["value"], strict=True))
    assert values["data set"] == "textures (2 classes)"
    assert values["Epochs for the head"] == "2"
    assert values["backbone of"] == "the first"
    runs.delete(first)
    app = page("runs", run=second.id)
    shown = next(item.value for item in app.dataframe if "value" in item.value)
    assert "a run that was deleted" in list(shown["value"])


@pytest.mark.slow
def test_open_and_classify_lead_to_the_run(home, dataset):
    one, _ = completed(home, dataset, name="one"), completed(home, dataset, name="two")
    for key, title in (("open", "Result"), ("use", "Classify new pictures")):
        app = page("runs", run=one.id)
        button(app, key).click().run()
        assert not app.exception
        assert app.title[0].value == title
        assert app.query_params["run"] in (one.id, [one.id])


def test_deleting_names_the_runs_that_start_from_it(home, dataset):
    first = completed(home, dataset, name="the first")
    later = completed(home, dataset, name="later", weights="run", weights_run=first.id)
    runs.write_status(later, RunStatus(state=RunState.QUEUED))
    app = page("runs", run=first.id)
    button(app, "delete").click().run()
    assert "1 waiting runs start from these and will fail: later" in words(app)


def test_more_than_fit_one_chart_are_still_deleted_together(home, dataset):
    several = [completed(home, dataset, name=f"run {number}") for number in range(7)]
    app = page("runs", run=",".join(run.id for run in several))
    assert "7 runs are ticked" in words(app)
    assert not app.get("plotly_chart")
    assert button(app, "delete-several")
