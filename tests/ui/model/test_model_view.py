"""The Model page: the freeze boundary with the numbers that follow it, the head, and
what the network sees of the pictures."""

import pytest

from tests.helpers import drawn
from tests.ui.helpers import page, words
from tltools import files
from tltools.config import RunConfig
from tltools.datasets import edits
from tltools.ui.model import model_view


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


@pytest.mark.parametrize(("weights", "stages", "lesson"), [
    ("bundled", 0, "**Feature extraction.**"), ("bundled", 2, "**Fine-tuning.**"),
    ("bundled", -1, "**Fine-tuning all of it.**"), ("none", -1, "**From scratch.**"),
    ("none", 1, "Frozen random stages can learn nothing"),
])
def test_what_the_boundary_means_is_said(home, weights, stages, lesson):
    files.write_json(
        home.workspace().draft,
        RunConfig(backbone="TLNet", weights=weights, unfreeze_stages=stages,
                  input_size=96).as_dict())
    said = words(page("model"))
    assert lesson in said
    lessons = ("**Feature extraction.**", "**Fine-tuning.**", "**Fine-tuning all of it.**",
               "**From scratch.**", "Frozen random stages")
    assert sum(item in said for item in lessons) == 1


def test_head_and_input_are_kept_and_shown_on_ones_own_pictures(home):
    drawn(home)
    app = page("model")
    assert len(app.get("image")) == 6
    assert "96 x 96 pixels, crop to the middle square" in words(app)
    app.selectbox(key="w-pooling").set_value("max").run()
    app.number_input(key="w-dense_units").set_value(64).run()
    app.selectbox(key="w-resize").set_value("pad").run()
    app.number_input(key="w-input_size-TLNet").set_value(64).run()
    assert not app.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.pooling, config.dense_units, config.resize, config.input_size) \
        == ("max", 64, "pad", 64)
    assert "64 x 64 pixels, keep all, fill the rest with grey" in words(app)


def test_pictures_of_a_class_that_is_switched_off_are_not_shown(home):
    dataset = drawn(home, classes=3, per_class=2)
    edits.set_disabled(home.workspace(), dataset.id, [dataset.classes[1].id], True)
    assert len(page("model").get("image")) == 4


def test_what_does_not_fit_the_backbone_is_said(home):
    files.write_json(home.workspace().draft,
                     RunConfig(backbone="InceptionV3", input_size=32).as_dict())
    app = page("model")
    assert any("75" in item.value for item in app.warning), "its least input"


def test_pictures_that_are_gone_are_a_warning(home):
    dataset = drawn(home)
    for image in dataset.images:
        dataset.image_path(image).unlink()
    app = page("model")
    assert app.warning
    assert not app.error
    assert str(home.path) not in words(app)


def test_a_share_is_never_called_nothing():
    assert [model_view._share(part) for part in (0.0, 0.0001, 0.25)] \
        == ["0.0 %", "less than 0.1 %", "25.0 %"]


def test_two_tabs_do_not_undo_each_other(home):
    """One chooses the network and from scratch; the other, which shows neither, another
    pooling."""
    files.write_json(home.workspace().draft, RunConfig(backbone="ResNet50").as_dict())
    one, two = page("model"), page("model")
    one.selectbox(key=next(item.key for item in one.selectbox if item.label == "Backbone")) \
        .select("VGG16").run()
    one.radio(key="w-weights-VGG16").set_value("none").run()
    one.select_slider(key="w-boundary-VGG16-none").set_value(2).run()
    two.selectbox(key="w-pooling").set_value("max").run()
    assert not two.exception
    config = RunConfig.from_dict(files.read_json(home.workspace().draft))
    assert (config.backbone, config.weights, config.unfreeze_stages, config.pooling) \
        == ("VGG16", "none", 2, "max")
    assert "another tab" in two.toast[0].value
    assert two.select_slider(key="w-boundary-VGG16-none.1").value == 2
    assert two.selectbox(key="w-pooling.1").value == "max"
