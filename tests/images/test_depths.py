"""More than eight bits: one window for a whole import, and the pixels it makes."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.images import made
from tltools import images
from tltools.images.depths import Depth, eight_bit

RAMP = np.tile(np.linspace(0, 4095, 64).astype(np.uint16), (48, 1))
COLOUR = np.dstack([RAMP, RAMP[:, ::-1], RAMP // 2])
WINDOW = (0.0, 4095.0)


def decoded(data: bytes, window=None) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(images.store_form(data, "a", window).data))).astype(int)


GREYS = {
    "png": made.deep_png(RAMP[..., None]),
    "tiff": made.deep_tiff(RAMP), "tiff-big-endian": made.deep_tiff(RAMP, order=">"),
    "tiff-deflated": made.deep_tiff(RAMP, deflated=True),
    "tiff-lzw": corpus.encoded(Image.fromarray(RAMP), "TIFF", compression="tiff_lzw"),
    "jpeg-2000": corpus.encoded(Image.fromarray(RAMP), "JPEG2000"),
    "dicom": made.dicom(RAMP),
    "tiff-signed": made.deep_tiff(RAMP.astype(np.int16), kind=2),
    "tiff-float": made.deep_tiff(RAMP.astype(np.float32), kind=3),
    "tiff-32": made.deep_tiff(RAMP.astype(np.uint32)),
}


@pytest.mark.parametrize("data", GREYS.values(), ids=GREYS)
def test_twelve_bits_in_a_file_of_more_use_the_whole_scale(data):
    depth = images.depth_of(data, "a")
    assert (depth.low, depth.high) == (0, 4095)
    window = images.window_for([depth])
    assert window.bounds == WINDOW
    pixels = decoded(data, window.bounds)
    assert np.abs(pixels - np.linspace(0, 255, 64)[:, None]).max() <= 3
    assert decoded(made.deep_png(RAMP[..., None])).max() <= 17, "without it: almost black"


@pytest.mark.parametrize("data", [
    made.deep_png(COLOUR), made.deep_tiff(COLOUR), made.deep_tiff(COLOUR, order=">"),
    made.deep_tiff(COLOUR, deflated=True), made.deep_tiff(COLOUR, order=">", deflated=True)
], ids=["png", "tiff", "tiff-big-endian", "tiff-deflated", "tiff-big-endian-deflated"])
def test_twelve_bits_of_each_colour_too(data):
    window = images.window_for([images.depth_of(data, "a")])
    assert window.bounds == WINDOW
    assert np.abs(decoded(data, WINDOW) - COLOUR / 4095 * 255).mean() < 2
    assert decoded(data).max() <= 17


def test_transparency_of_deep_colours_has_no_window():
    alpha = np.full((48, 64), 65535, np.uint16)
    alpha[:, :32] = 0
    pixels = decoded(made.deep_png(np.dstack([COLOUR, alpha])), WINDOW)
    assert pixels[:, :28].min() > 250
    assert np.abs(pixels[:, 36:] - (COLOUR / 4095 * 255)[:, 36:]).mean() < 3
    grey = made.deep_png(np.dstack([RAMP, alpha]))
    assert images.window_for([images.depth_of(grey, "a")]).bounds == WINDOW
    pixels = decoded(grey, WINDOW)
    assert pixels[:, :28].min() > 250
    assert np.abs(pixels[24, 36:, 0] - np.linspace(0, 255, 64)[36:]).max() <= 4


@pytest.mark.slow
def test_a_large_deep_picture_is_scaled_band_by_band():
    large = np.repeat(np.repeat(RAMP, 60, 0), 60, 1)
    for data in (made.deep_png(large[..., None]),
                 made.deep_tiff(large, order=">", deflated=True),
                 made.deep_tiff(np.dstack([large] * 3), deflated=True)):
        pixels = decoded(data, WINDOW)
        assert pixels.shape[:2] == (480, 640)
        assert np.abs(pixels.mean(axis=(0, 2)) - np.repeat(np.linspace(0, 255, 64), 10)).max() < 4


def test_one_window_keeps_bright_and_dark_apart():
    dark, bright = (made.deep_tiff(np.full((20, 20), value, np.uint16)) for value in (300, 3000))
    window = images.window_for([images.depth_of(data, "a") for data in (dark, bright)]).bounds
    assert window == WINDOW
    means = [decoded(data, window).mean() for data in (dark, bright)]
    assert means == pytest.approx([300 / 4095 * 255, 3000 / 4095 * 255], abs=1)


def test_white_may_be_the_lowest_value():
    data = made.deep_tiff(RAMP, photometric=0)
    assert np.abs(decoded(data, WINDOW)[24, :, 0] - np.linspace(255, 0, 64)).max() <= 3
    colour = corpus.encoded(Image.fromarray((RAMP // 16).astype(np.uint8)), "TIFF")
    assert np.abs(decoded(colour)[24, :, 0] - np.linspace(0, 255, 64)).max() <= 3


def test_a_transparent_value_is_laid_on_white():
    clear = made.chunk(b"tRNS", struct.pack(">H", 3000))
    values = np.full((20, 20, 1), 3000, np.uint16)
    values[:, 10:] = 0
    for window in (None, WINDOW):
        pixels = decoded(made.deep_png(values, clear), window)
        assert pixels[:, :8].min() > 250
        assert pixels[:, 12:].max() < 5
    colour = made.deep_png(np.full((20, 20, 3), 3000, np.uint16),
                           made.chunk(b"tRNS", struct.pack(">HHH", 3000, 3000, 3000)))
    assert decoded(colour).min() > 250


def test_full_range_and_eight_bits_are_as_before():
    full = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)
    data = made.deep_png(full[..., None])
    np.testing.assert_array_equal(decoded(data), decoded(data, (0.0, 65535.0)))
    assert abs(decoded(data).mean() - 127.5) < 2
    plain = corpus.encoded(made.quarters(), "PNG")
    assert images.depth_of(plain, "a.png") is None
    np.testing.assert_array_equal(decoded(plain), decoded(plain, (0.0, 1023.0)))


@pytest.mark.parametrize(("depths", "expected"), [
    ([Depth(0, 200, True)], (0, 255)), ([Depth(3, 1000, True)], (0, 1023)),
    ([Depth(0, 1000, True), Depth(5, 4095, True)], (0, 4095)),
    ([Depth(0, 4096, True)], (0, 16383)), ([Depth(0, 16384, True)], (0, 65535)),
    ([Depth(0, 0, True)], (0, 255)), ([Depth(0.1, 0.9, False)], (0, 1)),
    ([Depth(0, 250.5, False)], (0, 255)), ([Depth(0.5, 3.5, False)], (0.5, 3.5)),
    ([Depth(-1024, 3071, True), Depth(-1000, 500, True)], (-1024, 3071)),
    ([Depth(0, 70000, True)], (0, 70000)), ([None, Depth(0, 900, True), None], (0, 1023)),
    ([Depth(-2.5, -2.5, False)], (-2.5, -1.5))])
def test_the_window_holds_all_values(depths, expected):
    window = images.window_for(depths)
    assert window.bounds == expected
    assert window.reason.endswith(("is white.",))
    assert len(window.reason) <= 140


def test_no_deep_picture_has_no_window():
    assert images.window_for([None, None]) is None
    assert images.window_for([]) is None


def test_only_files_that_may_be_deep_are_looked_at():
    for data in (corpus.encoded(made.quarters(), "PNG"), corpus.encoded(made.quarters(), "JPEG"),
                 made.heic("bits-12")):
        assert not images.may_be_deep(data[:200])
    for data in GREYS.values():
        assert images.may_be_deep(data[:200])


def test_no_number_and_infinity_become_black_and_white():
    values = np.array([np.nan, -np.inf, np.inf, 0.5], np.float32)
    assert eight_bit(values, (0, 1)).tolist() == [0, 0, 255, 128]
    data = made.deep_tiff(np.array([[np.nan, 0.25], [1, np.inf]], np.float32), kind=3)
    assert images.depth_of(data, "a.tif") == Depth(0.25, 1, False)
