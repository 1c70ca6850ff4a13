"""The registry says what Keras builds: parameters, stages, cut points, and the
arithmetic of the freeze boundary."""

import dataclasses

import numpy as np
import pytest

from tltools import backbones
from tltools.backbones import FROZEN
from tltools.config import RunConfig
from tltools.errors import NotFound


def test_preprocessing_is_keras_own():
    """The caffe convolution and the tf rescaling inside the model give what
    `preprocess_input` gives."""
    import keras

    from tltools.models import networks

    picture = np.random.default_rng(1).integers(0, 256, (1, 32, 32, 3)).astype("float32")
    for name, module in (("VGG16", keras.applications.vgg16),
                         ("MobileNetV2", keras.applications.mobilenet_v2)):
        whole = networks.build(
            RunConfig(backbone=name, weights="none", input_size=32), 2, None).whole
        inside = keras.Model(whole.input, whole.get_layer("preprocess").output)(picture).numpy()
        np.testing.assert_allclose(inside, module.preprocess_input(picture.copy()), atol=1e-4)


def test_unknown_name_gives_near_ones():
    with pytest.raises(NotFound, match="MobileNetV2"):
        backbones.get("mobilenet_v2")
    with pytest.raises(NotFound, match="Known"):
        backbones.get("zzzz")


def test_states_follow_the_boundary():
    states = [
        state for _, state in backbones.stage_states(RunConfig(backbone="VGG16", unfreeze_stages=2))
    ]
    assert states == [FROZEN, FROZEN, FROZEN, "fine-tuned", "fine-tuned"]


@pytest.mark.parametrize(("changes", "word"), [
    ({"input_size": 31}, "Input size"),
    ({"unfreeze_stages": 9}, "Freeze boundary"),
    ({"weights": "bundled"}, "Weights"),
    ({"backbone": "VGG99"}, "Not found"),
    ({"backbone": "TLNet", "weights": "imagenet"}, "Weights"),
])
def test_problems_are_named(changes, word):
    problems = backbones.check_config(dataclasses.replace(RunConfig(), **changes))
    assert [problem.title for problem in problems] == [word]
