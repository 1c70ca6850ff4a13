"""The Train page before a run: what keeps the start away, and the start."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import button, completed, page, words
from tltools import files, runs
from tltools.config import RunConfig
from tltools.datasets import edits, store
from tltools.runs import lineage
from tltools.runs.events import RunState


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


@pytest.mark.parametrize("named", ["../x", "nothing", "20200101-000000-abcdef"])
def test_bad_links_are_a_sentence(home, named):
    drawn(home)
    app = page("train", run=named)
    assert app.warning
    assert str(home.path) not in words(app)


def test_everything_in_the_way_is_said_at_once(home):
    dataset = drawn(home)
    edits.set_disabled(home.workspace(), dataset.id, [dataset.classes[0].id], True)
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="InceptionV3", input_size=32, epochs=2, warm_up=5).as_dict())
    app = page("train")
    assert button(app, "start").disabled
    said = words(app)
    for piece in ("two", "shortest phase has 2", "not on this machine", "needs at least 75"):
        assert piece in said
    assert not runs.list_runs(home.workspace())


def test_the_first_settings_follow_what_learns(home):
    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", unfreeze_stages=2).as_dict())
    app = page("train")
    assert "4 of 6 stages frozen" in app.text[0].value
    app.number_input(key="w-fine_tune_epochs").set_value(8).run()
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).fine_tune_epochs == 8
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="MobileNet-0.25", weights="none", unfreeze_stages=-1).as_dict())
    app = page("train")
    assert app.number_input(key="w-epochs").label == "Epochs"
    assert not [item for item in app.number_input if item.key == "w-fine_tune_epochs"]


def test_a_second_run_waits_behind_the_first_and_has_its_own_name(home):
    dataset = drawn(home)
    first = queued(home, dataset)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none").as_dict())
    app = page("train")
    assert app.query_params["run"] in (first.id, [first.id]), "what trains now is shown first"
    app = page("train", run="new")
    assert button(app, "start").label == "Start training (after 1 in the queue)"
    app.text_input(key="w-run-name").set_value("my *second*")
    button(app, "start").click().run()
    assert not app.exception
    assert {run.name for run in runs.list_runs(home.workspace())} == {first.name, "my *second*"}


def test_without_pictures_the_way_to_them_is_shown():
    app = page("train")
    assert "There are no pictures yet" in words(app)
    assert button(app, "next-data")
    assert not [item for item in app.button if item.key == "start"]


def two_tabs(home) -> list:
    """The Train page, open in two tabs of one person."""
    drawn(home)
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32,
                               optimizer="sgd").as_dict())
    return [page("train"), page("train")]


@pytest.mark.parametrize(("name", "value"),
                         [("batch_size", 64), ("momentum", 0.5), ("time_limit", 60)])
def test_two_tabs_do_not_undo_each_other(home, name, value):
    """One sets 10 epochs; the other, which still shows 30, changes something else: a
    setting beside it, or one of a group that is taken later."""
    one, two = two_tabs(home)
    one.number_input(key="w-epochs").set_value(10).run()
    two.number_input(key=f"w-{name}").set_value(value).run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.epochs, getattr(config, name)) == (10, value)
    assert two.number_input(key="w-epochs.1").value == 10, "it shows what is chosen now"
    assert two.number_input(key=f"w-{name}.1").value == value
    assert "another tab" in two.toast[0].value
    one.number_input(key="w-learning_rate").set_value(0.5).run()
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.epochs, getattr(config, name), config.learning_rate) == (10, value, 0.5)


def test_of_two_tabs_that_change_the_same_the_last_one_counts(home):
    one, two = two_tabs(home)
    for app, epochs in ((one, 10), (two, 12)):
        app.number_input(key="w-epochs").set_value(epochs).run()
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).epochs == 12
    one.selectbox(key="w-optimizer").select("adam").run()
    assert RunConfig.from_dict(files.read_json(home.workspace().draft)).epochs == 12


def test_nothing_starts_with_settings_that_this_tab_has_not_shown(home):
    one, two = two_tabs(home)
    one.number_input(key="w-epochs").set_value(10).run()
    two.text_input(key="w-run-name").set_value("mine")
    button(two, "start").click().run()
    assert not runs.list_runs(home.workspace())
    assert two.number_input(key="w-epochs.1").value == 10
    assert two.text_input(key="w-run-name").value == "mine"
    button(two, "start").click().run()
    (run,) = runs.list_runs(home.workspace())
    assert (run.config().epochs, run.name) == (10, "mine")


def seen_before(home):
    """A data set with its draft: the backbone is that of a run that was fine-tuned on
    the same pictures, in another split."""
    dataset = drawn(home)
    run = completed(home, dataset, unfreeze_stages=1, seed=1)
    store.set_split(home.workspace(), dataset.id, 0.3, 0.3, 2)
    files.write_json(home.workspace().draft,
                     RunConfig(**lineage.as_backbone(run) | {"dataset": dataset.id}).as_dict())
    return store.read(home.workspace(), dataset.id), run


@pytest.mark.parametrize("keep_out", [False, True])
def test_pictures_that_the_backbone_has_seen_are_said_and_can_be_kept_out(home, keep_out):
    dataset, source = seen_before(home)
    app = page("train", run="new")
    learned = {image["file"] for image in source.dataset()["images"] if image["split"] != "test"}
    seen = lineage.seen(dataset.snapshot(), learned)
    assert seen.test > 0
    assert f"{seen.test} of {seen.test_of} test" in words(app)
    if keep_out:
        app.toggle(key="w-keep-out-seen").set_value(True).run()
    button(app, "start").click().run()
    assert not app.exception
    made = next(run for run in runs.list_runs(home.workspace()) if run.id != source.id)
    assert bool(lineage.seen(made.dataset(), learned)) is not keep_out
    assert len(made.dataset()["images"]) == len(dataset.images)


def test_a_backbone_that_has_seen_none_of_them_says_nothing(home):
    seen_before(home)
    other = drawn(home, family="shapes", seed=9)
    draft = files.read_json(home.workspace().draft)
    files.write_json(home.workspace().draft, {**draft, "dataset": other.id})
    app = page("train", run="new")
    assert not [item for item in app.toggle if item.key == "w-keep-out-seen"]
    assert "seen" not in words(app).lower()
