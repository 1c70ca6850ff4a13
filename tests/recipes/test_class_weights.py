"""Rare classes count more, and all pictures together as much as before."""

import numpy as np
import pytest

from tltools.recipes.class_weights import balanced


def test_balanced_equals_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], [30, 6, 4])
    assert balanced([30, 6, 4]) == pytest.approx(
        compute_class_weight("balanced", classes=np.arange(3), y=labels).tolist())
    weighted = zip(balanced([30, 6, 4]), [30, 6, 4], strict=True)
    assert sum(weight * count for weight, count in weighted) == pytest.approx(40)


def test_an_empty_class_counts_nothing_and_changes_nothing():
    assert balanced([5, 0, 5]) == [1.0, 0.0, 1.0]
