"""Varied pictures: seeded, the right way round, and old caches keep their names."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.helpers import drawn
from tltools.config import RunConfig
from tltools.images import to_array
from tltools.recipes.augmentation import PLAIN, Augmentation, View, previews

ALL = Augmentation(flip=True, shift=0.1, rotate=20, zoom=0.2, brightness=0.3, contrast=0.3,
                   colour=0.5)


def picture(side: int = 32) -> np.ndarray:
    """A smooth coloured picture, brighter at the top."""
    down, right = np.mgrid[0:side, 0:side] / side
    return (np.stack([1 - down, right * 0.7, down * right], -1) * 200 + 20).astype(np.uint8)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_keys_name_what_matters():
    assert PLAIN.key() == View(0, 7, ALL).key() == [0]
    keys = [
        str(View(1, 42, Augmentation(**{name: 0.5})).key())
        for name in ("shift", "rotate", "zoom", "brightness", "contrast", "colour")
    ]
    assert len(set(keys)) == 6


def test_a_run_takes_all_of_its_settings():
    config = RunConfig(flip=True, shift=0.1, rotate=20, zoom=0.2, brightness=0.3, contrast=0.3,
                       colour=0.5)
    assert Augmentation.of(config) == ALL
    for name in ("flip", "shift", "rotate", "zoom", "brightness", "contrast", "colour"):
        assert RunConfig(**{name: getattr(ALL, name)}).augments
    assert not RunConfig().augments


def test_the_same_seed_gives_the_same_picture():
    batch, rows = np.stack([picture(), picture()]), ["a.jpg", "b.jpg"]
    first, again = (View(1, 5, ALL).apply(batch, rows) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8
    assert first.shape == batch.shape
    assert not np.array_equal(first[0], first[1]), "each picture has its own luck"
    assert not np.array_equal(first, View(2, 5, ALL).apply(batch, rows))
    np.testing.assert_array_equal(PLAIN.apply(batch, rows), batch)


class Fixed:
    """A generator whose luck is chosen."""

    def __init__(self, value):
        self.value = value

    def uniform(self, low, high, size=None):
        return self.value


def test_turning_by_a_quarter_is_exact_and_nothing_is_black():
    image = picture()
    turned = Augmentation(rotate=90.0).vary(image, Fixed((90.0, 0.0)))
    assert np.abs(turned.astype(int) - np.rot90(image).astype(int)).max() <= 1
    for degrees in (0.0, 30.0, 45.0, 180.0):
        for zoom in (-0.5, 0.0, 0.5):
            varied = Augmentation(rotate=180.0, zoom=0.5).vary(image, Fixed((degrees, zoom)))
            assert varied.min() >= image.min() - 1, "corners are filled from the picture"
    same = Augmentation(rotate=1.0).vary(image, Fixed((0.0, 0.0)))
    assert np.abs(same.astype(int) - image.astype(int)).max() <= 1


def test_zoom_enlarges_about_the_middle():
    image = np.zeros((32, 32, 3), np.uint8)
    image[12:20, 12:20] = 255
    larger, smaller = (Augmentation(zoom=0.5).vary(image, Fixed((0.0, zoom)))
                       for zoom in (0.5, -0.3))
    assert larger[16, :, 0].astype(bool).sum() > 8 > smaller[16, 8:24, 0].astype(bool).sum() - 2
    assert larger[16, 16, 0] == smaller[16, 16, 0] == 255
    np.testing.assert_array_equal(larger, larger[::-1, ::-1], "it stays in the middle")


@pytest.mark.parametrize(("name", "more"), [
    ("brightness", lambda image: image.mean()),
    ("contrast", lambda image: image.std(axis=(0, 1)).mean()),
    ("colour", lambda image: (image.max(-1).astype(int) - image.min(-1)).mean()),
])
def test_colours_change_in_the_direction_asked(name, more):
    image = picture()
    weak, strong = (Augmentation(**{name: 0.3}).vary(image, Fixed(share)) for share in (-0.3, 0.3))
    assert more(weak) < more(image) < more(strong)


def test_previews_are_what_training_sees(home):
    dataset = drawn(home, per_class=3)
    paths = [dataset.image_path(image) for image in dataset.images[:2]]
    shown = previews(paths=[str(path) for path in paths], size=48, rule="crop", seed=9,
                     augmentation={"rotate": 20.0, "brightness": 0.2}, views=3)
    batch = np.stack([to_array(path, 48, "crop") for path in paths])
    for number in range(3):
        view = View(number, 9, Augmentation(rotate=20.0, brightness=0.2))
        expected = view.apply(batch, [path.name for path in paths])
        for index in range(2):
            np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(shown[index][number]))),
                                          expected[index])
