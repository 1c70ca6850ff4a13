"""Drawn pictures in four kinds, and made-up targets of distillation for them."""

import numpy as np
import pytest

from tests.pretraining.helpers import NEEDS_TORCH, SMALL
from tltools.datasets.drawn import synthesize
from tltools.pretraining import data


@pytest.fixture
def images():
    labels = np.repeat(np.arange(4, dtype=np.int32), 12)
    pixels = np.stack([
        synthesize.draw("textures", label, 0, number, 0.2, data.SIDE)
        for number, label in enumerate(labels)
    ])
    return data.Images(pixels, labels)


@pytest.fixture
def targets(images):
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    from tltools.pretraining import teacher

    count = len(images.labels)
    directions = np.random.default_rng(0).normal(size=(count, 2, SMALL.teacher_components))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    boxes = np.stack([
        np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1)),
        teacher.crops(count, 0.3, 0.8, (1, 1))
    ], 1)
    return teacher.Targets(boxes, directions.astype(np.float16),
                           np.repeat(np.eye(4)[images.labels][:, None], 2, 1).astype(np.float16))
