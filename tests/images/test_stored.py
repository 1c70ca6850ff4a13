"""The stored form and what is made of it."""

import io

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.images import made
from tltools import images
from tltools.errors import ImageError
from tltools.settings import LIMITS


def test_the_small_picture_comes_with_the_stored_form():
    for image in (made.quarters(1200, 700), made.quarters()):
        stored = images.store_form(corpus.encoded(image, "PNG"), "a.png")
        small = Image.open(io.BytesIO(stored.small))
        assert max(small.size) == min(LIMITS.thumbnail_side, max(image.size))
        again = np.asarray(Image.open(io.BytesIO(images.thumbnail(stored.data))), int)
        assert np.abs(np.asarray(small, int) - again).mean() < 3
    drawn = images.from_array(np.asarray(made.quarters(400, 300)))
    assert Image.open(io.BytesIO(drawn.small)).size == (160, 120)


def test_a_damaged_stored_picture_is_said(tmp_path):
    for stored in (b"", b"words", tmp_path / "gone.jpg"):
        with pytest.raises(ImageError, match="stored picture"):
            images.to_array(stored, 32, "crop")
        with pytest.raises(ImageError, match="stored picture"):
            images.thumbnail(stored)


def test_previews_are_what_the_network_sees(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(images.from_array(np.asarray(made.quarters(400, 300))).data)
    (preview, ) = images.previews(paths=[str(path)], size=32, rule="crop")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(preview))),
                                  images.to_array(path, 32, "crop"))
