"""How much a picture of each class counts in training, so that rare classes are not
drowned by common ones."""

from collections.abc import Sequence


def balanced(counts: Sequence[int]) -> list[float]:
    """The weight of each class, n / (k * n_c): n pictures in all, k classes, n_c
    pictures of the class.

    The weights of all pictures add up to n (as scikit-learn's
    `class_weight="balanced"`). An empty class has weight 0.
    """
    total, present = sum(counts), sum(1 for count in counts if count)
    return [total / (present * count) if count else 0.0 for count in counts]
