"""Recipes: each can be trained with, says what it is for, and the notebook's is the
notebook's."""

import dataclasses

import pytest

from tltools import backbones, wording
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import NotFound
from tltools.recipes import presets


@pytest.mark.parametrize("preset", presets.PRESETS.values(), ids=lambda item: item.name)
@pytest.mark.parametrize("backbone", ["TLNet", "MobileNetV2", "VGG16"])
def test_each_is_valid_settings_and_says_why(preset, backbone):
    before = RunConfig(backbone=backbone, name="mine", dataset="d", input_size=96)
    after = presets.apply(preset, before)
    assert backbones.check_config(after) == []
    assert (after.name, after.dataset) == ("mine", "d")
    assert preset.why
    assert set(preset.settings) <= {field.name for field in dataclasses.fields(RunConfig)}
    assert wording.changes(after, presets.apply(preset, after)) == [], "twice is once"


def test_the_notebook():
    preset = presets.get("notebook")
    config = presets.apply(
        preset, RunConfig(backbone="TLNet", weights="bundled", unfreeze_stages=3))
    assert (config.backbone, config.weights, config.input_size, config.unfreeze_stages) \
        == ("VGG16", "imagenet", 224, 0)
    assert (config.pooling, config.dense_units, config.dropout) == ("flatten", 256, 0.5)
    assert (config.epochs, config.batch_size, config.learning_rate, config.seed) \
        == (5, 32, 1e-3, 42)
    assert not config.augments
    assert (preset.validation, preset.test) == (0.2, 0.0)
    assert backbones.parameter_counts(config, 2).head == (7 * 7 * 512 + 1) * 256 + (256 + 1) * 2


def test_from_scratch_keeps_the_backbone_and_frees_all_of_it():
    config = presets.apply(presets.get("from-scratch"),
                           RunConfig(backbone="TLNet", weights="bundled", input_size=64))
    assert (config.backbone, config.weights, config.unfreeze_stages, config.input_size) \
        == ("TLNet", "none", ALL_STAGES, 64)
    assert config.single_phase


@pytest.mark.parametrize("preset", presets.PRESETS.values(), ids=lambda item: item.name)
def test_a_recipe_is_the_same_whatever_was_tried_before(preset):
    tried = RunConfig(optimizer="sgd", momentum=0.5, schedule="cosine", warm_up=9,
                      class_weights="balanced", watch="accuracy", label_smoothing=0.2, rotate=30.0,
                      zoom=0.3, brightness=0.5, contrast=0.5, colour=0.5, shift=0.3, flip=True)
    assert presets.apply(preset, tried) == presets.apply(preset, RunConfig())


def test_unknown_names_are_refused():
    with pytest.raises(NotFound, match="Known: notebook"):
        presets.get("magic")


def test_what_the_notebook_took_away_comes_back():
    other = presets.get("feature-extraction")
    assert presets.split(presets.get("notebook"), 0.15, 0.15) == (0.2, 0.0)
    assert presets.split(other, 0.2, 0.0) == presets.USUAL_SPLIT
    assert presets.split(other, 0.2, 0.1) is None
    assert presets.split(other, 0.2, 0.0, test_folder=True) is None
