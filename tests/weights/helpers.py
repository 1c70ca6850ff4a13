"""A weights file as Keras would publish it, for tests that have no internet."""

from pathlib import Path

import numpy as np

from tests.helpers import save_legacy
from tltools import backbones

NAME, FILE = "MobileNet-0.25", "mobilenet_2_5_128_tf_no_top.h5"
"""The smallest backbone, and a file of its weights as Keras calls it."""


def made_up(name: str, path: Path) -> None:
    """A file as Keras would publish it for this backbone, with random numbers that keep
    the activations alive."""
    import keras

    from tltools.models import networks

    row = backbones.get(name)
    keras.utils.set_random_seed(5)
    model = networks.plain_backbone(row, max(row.least_input, 32))
    random = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([
                value * random.uniform(0.8, 1.2, value.shape) + random.uniform(0, 0.1, value.shape)
                for value in layer.get_weights()
            ])
        # EfficientNet keeps ImageNet's in the file
        elif isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.set_weights([
                np.float32([0.485, 0.456, 0.406]),
                np.float32([0.229, 0.224, 0.225]),
                np.zeros((), "int64")
            ])
    save_legacy(model, path)
    keras.backend.clear_session()
