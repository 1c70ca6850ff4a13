"""Beginning where a run ended: its settings again, its backbone, more epochs."""

import pytest

from tests.helpers import drawn
from tests.ui.helpers import button, completed, page, words
from tltools import files, runs
from tltools.config import RunConfig
from tltools.runs import lineage


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=6)


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
    """What a click in a dialog does cannot be seen here; tests/runs/test_lineage.py has
    what it calls."""
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
