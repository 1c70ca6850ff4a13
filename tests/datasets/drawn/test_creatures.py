"""Creatures: each has a head of its own, which tells more than its colour does."""

import numpy as np

from tests.datasets.drawn.helpers import named_by_nearest_mean, outlines, pictures
from tltools.datasets.drawn import creatures


def test_the_shape_names_the_species_and_the_colour_hardly_does():
    easy = pictures(creatures, 0.0)
    chance = 1 / len(creatures.KINDS)
    assert named_by_nearest_mean(outlines(easy)) > 5 * chance
    furs = easy[:, :, 8:24, 8:24].mean((2, 3))  # the middle of the head
    assert named_by_nearest_mean(furs) < 3 * chance
    hard = pictures(creatures, 1.0)
    assert named_by_nearest_mean(outlines(hard)) < 3 * chance, "pose and place vary with it"
    assert easy.min() >= 0
    assert hard.min() >= 0


def test_with_the_same_chance_every_species_has_another_head():
    heads = [creatures.draw(np.random.default_rng(3), label, 0.0, 48)
             for label in range(len(creatures.KINDS))]
    for number, one in enumerate(heads):
        assert one.shape == (48, 48, 3)
        for other in heads[:number]:
            differing = np.abs(one - other).max(-1) > 25
            assert differing.mean() > 0.05


def test_the_same_chance_draws_the_same():
    one, same, other = (creatures.draw(np.random.default_rng(seed), 4, 0.5, 32)
                        for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 5
