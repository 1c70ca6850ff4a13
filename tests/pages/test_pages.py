"""Every page through `app.py`, empty, prepared and in error; the engine works in the
caller."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import drawn, queued
from tltools import engine, files, runs
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.runs.events import EpochEvent, RunState, RunStatus

ROOT = Path(__file__).parents[2]
PAGES = ("home", "data", "model", "train", "classify", "runs", "glossary")
HOSTILE = "![x](http://evil/x.png) <b>x</b> :red[y] *z*"


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


def page(name: str, **query: str) -> AppTest:
    """The app, shown at a page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if name != "home":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """All that the page says."""
    elements = [
        *app.title, *app.markdown, *app.text, *app.caption, *app.error, *app.warning, *app.info,
        *app.success
    ]
    return "\n".join(str(element.value) for element in elements)


def button(app: AppTest, key: str):
    return next(item for item in app.button if item.key == key)


@pytest.fixture
def finished(home):
    """A completed run with a model file that nothing here opens."""
    run = queued(home, drawn(home), name=HOSTILE)
    runs.append_event(run, EpochEvent("head", 0, 1.0, 0.5, 0.9, 0.75, 1e-3, 1.0))
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
    (run.path / "model.keras").write_bytes(b"model")
    files.write_json(run.path / "labels.json", ["stripes", "checks"])
    files.write_json(run.path / "results.json", {
        "format": 1, "backbone": "MobileNet-0.25", "classes": ["stripes", "checks"],
        "best_epoch": 0, "split": {"train": 28, "validation": 6, "test": 6},
        "params": {"total": 10, "trainable": 5}, "val_accuracy": 0.75, "test_accuracy": 0.5,
        "seconds": {"prepare": 1, "extract": 1, "head": 1, "fine_tune": 0, "evaluate": 0,
                    "total": 3}
    })
    return runs.read(home.workspace(), run.id)


@pytest.mark.parametrize("name", PAGES)
def test_empty(name):
    app = page(name)
    assert words(app)
    assert not app.error


@pytest.mark.parametrize("name", PAGES)
def test_prepared(home, finished, name):
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none").as_dict())
    app = page(name)
    assert not app.error
    assert words(app)


@pytest.mark.parametrize("name", PAGES)
def test_damaged_records_are_named_and_hide_nothing(home, finished, name):
    other = drawn(home)
    (other.path / "dataset.json").write_bytes(b"{")
    broken = queued(home, store.list_datasets(home.workspace())[-1])
    (broken.path / "status.json").write_bytes(b"")
    app = page(name)
    assert not app.exception
    if name == "data":
        assert "cannot be read" in words(app)


def test_draw_then_look(home):
    app = page("data")
    app.session_state["w-source"] = "draw"
    app.run()
    app.number_input(key="w-per-class").set_value(5).run()
    button(app, "go-draw").click().run()
    app.run()
    assert not app.exception
    (dataset,) = store.list_datasets(home.workspace())
    assert len(dataset.images) == 15
    assert "Used 15 of 15 files" in words(app)


def test_boundary_moves_the_numbers(home):
    drawn(home)
    files.write_json(home.workspace().draft, RunConfig(backbone="MobileNet-0.25").as_dict())
    app = page("model")
    before = app.metric[0].value
    app.select_slider(key="w-boundary-MobileNet-0.25-imagenet").set_value(2).run()
    assert not app.exception
    assert int(app.metric[0].value.replace(",", "")) > int(before.replace(",", ""))
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).unfreeze_stages == 2
    assert page("model").select_slider(key="w-boundary-MobileNet-0.25-imagenet").value == 2, (
        "the choice survives a new session")


def test_one_click_sets_the_notebooks_recipe(home):
    dataset = drawn(home)
    app = page("model")
    app.select_slider(key="w-boundary-TLNet-bundled").set_value(3).run()
    before = files.read_json(home.workspace().draft)
    button(app, "go-recipe-notebook").click().run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.pooling, config.dense_units, config.epochs) \
        == ("VGG16", "flatten", 256, 5)
    assert "not on this machine" in words(app), "VGG16's weights are missing, and it says so"
    split = store.read(home.workspace(), dataset.id)
    assert (split.validation, split.test) == (0.2, 0.0)
    assert "The notebook’s recipe" in words(app) or "The notebook's recipe" in words(app)
    assert page("train").number_input(key="w-epochs").value == 5
    button(app, "recipe-undo").click().run()
    assert files.read_json(home.workspace().draft) == before
    split = store.read(home.workspace(), dataset.id)
    assert (split.validation, split.test) == (dataset.validation, dataset.test)


def test_missing_weights_block_the_start_and_say_so(home):
    drawn(home)
    files.write_json(home.workspace().draft, RunConfig(backbone="VGG16").as_dict())
    app = page("train")
    assert button(app, "start").disabled
    assert "not on this machine" in words(app)


def test_start_queues_a_run(home):
    drawn(home)
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="MobileNet-0.25", weights="none", unfreeze_stages=-1,
                  input_size=32).as_dict())
    app = page("train")
    button(app, "start").click().run()
    assert not app.exception
    (run,) = runs.list_runs(home.workspace())
    assert run.state is RunState.QUEUED
    assert app.query_params["run"] == [run.id] or app.query_params["run"] == run.id
    assert "place 1 of 1" in words(app)


def test_interrupted_run_offers_to_go_on(home):
    run = queued(home, drawn(home))
    runs.write_status(run, RunStatus(state=RunState.RUNNING, heartbeat=1.0, epoch=2))
    app = page("train", run=run.id)
    assert "interrupted" in words(app).lower()
    resume = button(app, "resume")
    assert resume.label == "Go on from epoch 3"
    resume.click().run()
    assert runs.read(home.workspace(), run.id).state is RunState.QUEUED


def test_result_shows_both_scores_and_how_many_images(finished):
    app = page("train", run=finished.id)
    assert [item.value for item in app.metric[:2]] == ["50.0 %", "75.0 %"]
    assert "6 test images" in words(app)


def test_what_comes_next_classifies_with_the_run_that_is_shown(home, finished):
    newer = queued(home, drawn(home, family="shapes"))
    runs.write_status(newer, RunStatus(state=RunState.COMPLETED, epoch=1))
    (newer.path / "model.keras").write_bytes(b"model")
    app = page("train", run=finished.id)
    button(app, "next-classify").click().run()
    assert app.query_params["run"] in (finished.id, [finished.id])


def test_another_backbone_keeps_from_scratch_and_the_boundary(home):
    drawn(home)
    app = page("model")
    button(app, "go-recipe-from-scratch").click().run()
    box = next(item for item in app.selectbox if item.label == "Backbone")
    box.set_value("VGG16").run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.unfreeze_stages) == ("VGG16", "none", -1)
    assert "Changed by you since then: backbone" in words(app)
    button(app, "go-recipe-fine-tune").click().run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.input_size) == ("TLNet", "bundled", 96), (
        "VGG16's weights are not here")
    home.weights.mkdir(parents=True, exist_ok=True)
    file = home.weights / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    file.write_bytes(b"they come later")
    app.run()
    assert "Changed by you since then" not in words(app), (
        "what a recipe set does not change with the weights that are here")
    next(item for item in app.selectbox if item.label == "Backbone").set_value("MobileNetV2").run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.unfreeze_stages) \
        == ("MobileNetV2", "imagenet", 2)


@pytest.mark.parametrize("named", ["../x", "nothing", "20200101-000000-abcdef"])
def test_bad_links_are_a_sentence(home, named):
    drawn(home)
    app = page("train", run=named)
    assert app.warning
    assert str(home.path) not in words(app)


def test_names_are_text(home, finished):
    drawn(home)
    for name in PAGES:
        app = page(name)
        for element in [*app.markdown, *app.error, *app.warning, *app.info, *app.caption]:
            assert "![x](http" not in str(element.value)


def test_delete_asks_first(home, finished):
    app = page("runs", run=finished.id)
    button(app, "delete").click().run()
    assert runs.list_runs(home.workspace())
    assert button(app, "delete-now").label == "Delete the run"
    assert "will be gone" in words(app)


def test_engine_gone_is_said_and_it_can_be_started_again(home):
    here = engine.connect()
    here.running = False
    here.start = lambda: None
    app = page("home")
    assert "has stopped" in words(app)
    assert button(app, "restart-engine")
