"""Beginning where a run ended: its settings again, its backbone, more epochs."""

import pytest

from tests.helpers import drawn
from tests.ui.helpers import button, completed, page, words
from tltools import files, runs
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.runs import lineage
from tltools.runs.events import RunState, RunStatus
from tltools.ui.common import parts


@pytest.fixture
def dataset(home):
    return drawn(home, per_class=6)


def start_from(app):
    """The choice of where the weights come from."""
    return next(item for item in app.radio if item.label == "Start from")


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_only_what_can_work_is_offered(home, dataset):
    run = completed(home, dataset)
    run.model_path.unlink()
    app = page("runs", run=run.id)
    keys = {item.key for item in app.button}
    assert "again" in keys
    assert not keys & {"further", "as-backbone"}
    run.model_path.write_bytes(b"model")
    runs.write_status(run, RunStatus(state=RunState.FAILED, epoch=1))
    keys = {item.key for item in page("runs", run=run.id).button}
    assert "as-backbone" in keys
    assert "further" not in keys, "it did not end well"


@pytest.mark.slow
def test_what_is_gone_is_said_once(home, dataset):
    run = completed(home, dataset, name="![x](http://evil/x.png)")
    store.delete(home.workspace(), dataset.id)
    drawn(home, per_class=6, seed=2)
    app = page("runs", run=run.id)
    button(app, "again").click().run()
    said = words(app)
    assert "Settings taken over" in said
    assert "Its data set is gone" in said
    assert "![x](" not in app.success[0].value
    app.switch_page("pages/train.py").run()
    assert app.title[0].value == "Train"
    assert "Settings taken over" not in words(app)


@pytest.mark.slow
def test_the_model_page_offers_runs_of_the_same_backbone(home, dataset):
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none").as_dict())
    app = page("model")
    assert "One of my runs: what it has learned" not in start_from(app).options
    one, two = completed(home, dataset, name="one"), completed(home, dataset, name="two")
    completed(home, dataset, name="other", backbone="MobileNetV2")
    app = page("model")
    start_from(app).set_value("run").run()
    box = next(item for item in app.selectbox if item.label == "Which run")
    assert len(box.options) == 2
    assert box.value is None, "which one is the person's choice"
    box.set_value(one.id).run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.weights, config.weights_run) == ("run", one.id)
    assert "The backbone of that run was frozen" in words(app)
    runs.delete(one)
    app = page("model")
    assert "was deleted" in words(app)
    assert "Choose another one." in words(app)
    assert next(item for item in app.selectbox if item.label == "Which run").options \
        == [parts.run_title(two)]


def test_where_the_run_is_chosen_it_is_said_what_its_backbone_has_seen(home, dataset):
    run = completed(home, dataset, unfreeze_stages=1)
    store.set_split(home.workspace(), dataset.id, 0.3, 0.3, 2)
    files.write_json(home.workspace().draft,
                     RunConfig(**lineage.as_backbone(run) | {"dataset": dataset.id}).as_dict())
    said = words(page("model"))
    assert "Pictures that this backbone has seen" in said
    assert "Train page" in said
