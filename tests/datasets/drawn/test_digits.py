"""Digits: told apart by their strokes, not by ink or paper, and none like another of
its kind."""

import itertools
import math

import numpy as np

from tests.datasets.drawn.helpers import named_by_nearest_mean, outlines, pictures
from tltools.datasets.drawn import digits


def test_the_strokes_name_the_digit_and_the_colour_does_not():
    easy = pictures(digits, 0.0)
    assert named_by_nearest_mean(outlines(easy)) > 0.8
    assert named_by_nearest_mean(easy.mean((2, 3))) < 0.3, "chance is 0.1"
    assert named_by_nearest_mean(outlines(pictures(digits, 1.0))) < 0.3
    assert easy.min() >= 0
    assert easy.max() <= 255


def test_every_digit_has_strokes_that_fit_its_place():
    assert set(digits._STROKES) == set(digits.KINDS) == set("0123456789")
    for strokes in digits._STROKES.values():
        points = np.concatenate([np.array(stroke) for stroke in strokes])
        assert np.abs(points).max() <= 1
        assert np.ptp(points[:, 1]) > 1.7, "all are about as high"


def test_points_in_between_keep_the_stroke_where_it_was():
    stroke = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.01), (0.5, 0.5)]
    closer = digits._close(stroke, 0.09)
    assert set(stroke) <= set(closer)
    assert (closer[0], closer[-1]) == (stroke[0], stroke[-1])
    steps = [math.dist(*pair) for pair in itertools.pairwise(closer)]
    assert max(steps) <= 0.09 + 1e-9
    length = sum(math.dist(*pair) for pair in itertools.pairwise(stroke))
    assert math.isclose(sum(steps), length)


def test_two_of_a_kind_differ_and_the_same_chance_draws_the_same():
    one, same, other = (digits.draw(np.random.default_rng(seed), 8, 0.5, 32) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 5
