"""Scenes: the place can be told, by colour in part, and less so the more difficult."""

import numpy as np

from tests.datasets.drawn.helpers import named_by_nearest_mean, pictures
from tltools.datasets.drawn import scenes


def test_colour_helps_but_does_not_settle_it():
    """As the module's docstring promises; chance is 0.1."""
    usual = pictures(scenes, 0.5)
    by_colour = named_by_nearest_mean(usual.mean((2, 3)))
    assert 0.2 < by_colour < 0.6
    assert named_by_nearest_mean(usual) > by_colour, "the picture says more than its colour"


def test_hour_and_weather_shift_the_colours_the_more_the_more_difficult():
    spread = [pictures(scenes, difficulty, count=16).mean((2, 3)).std(1).mean()
              for difficulty in (0.0, 0.5, 1.0)]
    assert spread[0] < spread[1] < spread[2]
    assert named_by_nearest_mean(pictures(scenes, 0.0)) > 0.7


def test_every_place_has_its_drawing_within_what_a_picture_holds():
    assert set(scenes._DRAWN) == set(scenes.KINDS)
    for label in range(len(scenes.KINDS)):
        for seed in range(4):
            picture = scenes.draw(np.random.default_rng(seed), label, 1.0, 24)
            assert picture.shape == (24, 24, 3)
            assert picture.min() >= 0
            assert picture.max() <= 255
            assert picture.std() > 8


def test_the_same_chance_draws_the_same():
    one, same, other = (scenes.draw(np.random.default_rng(seed), 2, 0.5, 32) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 5
