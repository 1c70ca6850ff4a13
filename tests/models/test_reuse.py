"""Weights of a finished run's model in a new network: whole, fitting, and numbers only.
"""

import numpy as np
import pytest

from tltools import backbones
from tltools.config import RunConfig
from tltools.errors import ModelFileError
from tltools.models import networks, reuse

CONFIG = RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """(a whole network of two classes, the file it was saved to)."""
    whole = networks.build(CONFIG, 2, None).whole
    path = tmp_path_factory.mktemp("model") / "model.keras"
    whole.save(path)
    return whole, path


def equal(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(),
                                                    strict=True))


def test_the_whole_network_comes_back_head_included(saved):
    whole, path = saved
    other = networks.build(RunConfig(**{**CONFIG.as_dict(), "seed": 7}), 2, None).whole
    assert not equal(whole, other)
    reuse.load_whole(other, path)
    assert equal(whole, other)


def test_the_backbone_comes_back_under_another_head(saved):
    whole, path = saved
    plain = networks.plain_backbone(backbones.get("MobileNet-0.25"), 48)
    reuse.load_backbone(plain, path)
    named = {layer.name: layer for layer in whole.layers}
    for layer in plain.layers:
        for value, expected in zip(layer.get_weights(),
                                   named[layer.name].get_weights() if layer.weights else [],
                                   strict=True):
            np.testing.assert_array_equal(value, expected)


def test_another_number_of_classes_does_not_fit(saved):
    other = networks.build(CONFIG, 3, None).whole
    with pytest.raises(ModelFileError, match="no fitting layer"):
        reuse.load_whole(other, saved[1])


@pytest.mark.parametrize("content", [b"", b"PK", b"not a model"])
def test_a_damaged_file_is_a_sentence(tmp_path, content):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot be opened"):
        reuse.load_whole(networks.build(CONFIG, 2, None).whole, path)


def test_values_that_are_no_numbers_are_refused(tmp_path):
    whole = networks.build(CONFIG, 2, None).whole
    head = whole.get_layer("probabilities")
    kernel, bias = head.get_weights()
    head.set_weights([np.full_like(kernel, np.nan), bias])
    whole.save(tmp_path / "model.keras")
    with pytest.raises(ModelFileError, match="not numbers"):
        reuse.load_whole(networks.build(CONFIG, 2, None).whole, tmp_path / "model.keras")
