"""The Runs page: found, compared, annotated, deleted after a question; of two
hundred runs little is read again."""

from collections import Counter

import pytest

from tests.helpers import drawn
from tests.ui.helpers import HOSTILE, button, completed, page, words
from tltools import files, runs


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


def test_delete_asks_first(home, finished):
    app = page("runs", run=finished.id)
    button(app, "delete").click().run()
    assert runs.list_runs(home.workspace())
    assert button(app, "delete-now").label == "Delete the run"
    assert "will be gone" in words(app)


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
