"""The registry says what Keras builds: parameters, stages, cut points, and the arithmetic of the freeze boundary."""

import dataclasses

import numpy as np
import pytest

from tltools import backbones
from tltools.backbones import FROZEN, REGISTRY
from tltools.config import ALL_STAGES, RunConfig
from tltools.errors import NotFound

QUICK = ("TLNet", "MobileNet-0.25", "MobileNetV2-0.35", "VGG16")
NAMES = [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in REGISTRY]


@pytest.mark.parametrize("name", NAMES)
def test_table_and_split_equal_keras(name):
    """For several boundaries: counts as the table says, and frozen part followed by learning part is the whole."""
    from tltools import models

    row = backbones.get(name)
    picture = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    for number, unfreeze in enumerate([0, 1, len(row.stages) - 1, ALL_STAGES]):
        config = RunConfig(backbone=name, weights="none", input_size=64, unfreeze_stages=unfreeze,
                           dense_units=7 * (number % 2), pooling=("average", "flatten", "max")[number % 3])
        split = models.build(config, 3, None)
        fixed = 12 if row.preprocessing == "caffe" else 0
        counts = backbones.parameter_counts(config, 3)
        assert split.whole.count_params() - fixed == counts.total
        learned = sum(int(np.prod(weight.shape)) for weight in split.whole.trainable_weights)
        assert learned == counts.trainable
        whole = split.whole(picture).numpy()
        at_boundary = split.frozen(picture) if split.frozen else picture
        np.testing.assert_array_equal(split.learning(at_boundary).numpy(), whole)
        if split.pooled:
            np.testing.assert_array_equal(split.head(split.pooled(at_boundary)).numpy(), whole)


def test_preprocessing_is_keras_own():
    """The caffe convolution and the tf rescaling inside the model give what `preprocess_input` gives."""
    import keras

    from tltools import models

    picture = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3)).astype("float32")
    for name, module in (("VGG16", keras.applications.vgg16), ("MobileNetV2", keras.applications.mobilenet_v2)):
        whole = models.build(RunConfig(backbone=name, weights="none", input_size=32), 2, None).whole
        inside = keras.Model(whole.input, whole.get_layer("preprocess").output)(picture).numpy()
        np.testing.assert_allclose(inside, module.preprocess_input(picture.copy()), atol=1e-4)


def test_unknown_name_gives_near_ones():
    with pytest.raises(NotFound, match="MobileNetV2"):
        backbones.get("mobilenet_v2")
    with pytest.raises(NotFound, match="Known"):
        backbones.get("zzzz")


def test_states_follow_the_boundary():
    states = [state for _, state in backbones.stage_states(RunConfig(backbone="VGG16", unfreeze_stages=2))]
    assert states == [FROZEN, FROZEN, FROZEN, "fine-tuned", "fine-tuned"]


@pytest.mark.parametrize(("changes", "word"), [
    ({"input_size": 31}, "Input size"), ({"unfreeze_stages": 9}, "Freeze boundary"), ({"weights": "bundled"}, "Weights"),
    ({"backbone": "VGG99"}, "Not found"), ({"backbone": "TLNet", "weights": "imagenet"}, "Weights"),
])
def test_problems_are_named(changes, word):
    problems = backbones.check_config(dataclasses.replace(RunConfig(), **changes))
    assert [problem.title for problem in problems] == [word]
