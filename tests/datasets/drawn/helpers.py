"""What tests of drawn kinds share: many small pictures and the simplest learner."""

from types import ModuleType

import numpy as np


def pictures(module: ModuleType, difficulty: float, count: int = 24, side: int = 32) -> np.ndarray:
    """`count` pictures of each kind that a module draws: (kinds, count, side, side, 3).
    """
    return np.array([[
        module.draw(np.random.default_rng((5, label, index)), label, difficulty, side)
        for index in range(count)
    ] for label in range(len(module.KINDS))])


def named_by_nearest_mean(seen: np.ndarray) -> float:
    """Share (0..1) of the second half of each kind that lies nearest to the mean of its
    own kind's first half.

    seen: (kinds, pictures, ...), whatever is looked at of each picture.
    """
    values = seen.reshape(*seen.shape[:2], -1).astype(float)
    half = values.shape[1] // 2
    distances = ((values[:, half:, None] - values[:, :half].mean(1))**2).sum(-1)
    return float((distances.argmin(-1) == np.arange(len(values))[:, None]).mean())


def outlines(drawn: np.ndarray) -> np.ndarray:
    """How far each pixel is from its picture's usual colour, 0..1: the shape without
    the colours."""
    usual = np.median(drawn.reshape(*drawn.shape[:2], -1, 3), 2)[:, :, None, None]
    far = np.abs(drawn - usual).mean(-1)
    return far / far.max((2, 3), keepdims=True)
