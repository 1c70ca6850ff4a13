"""Colour profiles become sRGB where they fit, and are passed over where they do not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests import corpus
from tests.images import made
from tltools import images
from tltools.images.colours import MOST_PROFILE_BYTES


def first_pixel(data: bytes) -> list[int]:
    return np.asarray(Image.open(io.BytesIO(images.store_form(data, "a").data)))[8, 8].tolist()


def srgb_of_adobe(colour: tuple[int, int, int]) -> list[float]:
    """By the published matrices (D65 on both sides) and curves."""
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529],
                       [0.02703, 0.07069, 0.99134]])
    to_srgb = np.array([[3.24097, -1.53738, -0.49861], [-0.96924, 1.87597, 0.04156],
                        [0.05563, -0.20398, 1.05697]])
    linear = np.clip(to_srgb @ to_xyz @ (np.array(colour) / 255) ** 2.19921875, 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return list(curved * 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_a_wide_colour_becomes_the_same_colour_in_srgb(kind):
    colour = (120, 150, 80)
    more = {"quality": 100} if kind in ("JPEG", "AVIF", "WEBP") else {}
    data = corpus.encoded(Image.new("RGB", (32, 32), colour), kind,
                          icc_profile=made.wide_gamut(), **more)
    expected = srgb_of_adobe(colour)
    assert abs(expected[0] - colour[0]) > 10, "the profile changes something"
    assert np.abs(np.array(first_pixel(data)) - expected).max() <= 4


@pytest.mark.parametrize("profile", [
    b"", b"no profile", made.wide_gamut()[:300], made.grey_profile(), b"\xff" * 5_000,
    made.wide_gamut() + b"\0" * MOST_PROFILE_BYTES,
    ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
], ids=["none", "words", "cut", "other-space", "noise", "huge", "srgb"])
def test_what_is_no_fitting_profile_changes_nothing(profile):
    plain = Image.new("RGB", (32, 32), (120, 150, 80))
    found = first_pixel(corpus.encoded(plain, "TIFF", icc_profile=profile))
    assert np.abs(np.array(found) - (120, 150, 80)).max() <= 2


def test_lab_is_read_as_the_colour_it_is():
    lab = ImageCms.applyTransform(made.quarters(), ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"))
    data = corpus.encoded(lab, "TIFF")
    pixels = np.asarray(Image.open(io.BytesIO(images.store_form(data, "a.tif").data)))
    expected = [made.RED, made.GREEN, made.BLUE, made.YELLOW]
    assert np.abs(np.array(made.corners(pixels)) - expected).max() <= 6
