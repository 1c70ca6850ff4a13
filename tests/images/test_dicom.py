"""DICOM: one frame's pixels with the file's own rescaling, nothing of the patient."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.images import made
from tltools import images
from tltools.errors import ImageError

RAMP = np.tile(np.linspace(0, 4095, 64).astype(np.uint16), (48, 1))
CT = np.tile(np.linspace(0, 4095, 64).astype(np.int16), (48, 1))


def row(data: bytes, window=None) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(images.store_form(data, "a.dcm", window).data)))[
        24, :, 0].astype(int)


@pytest.mark.parametrize(("photometric", "expected"), [("MONOCHROME2", np.linspace(0, 255, 64)),
                                                       ("MONOCHROME1", np.linspace(255, 0, 64))])
def test_the_window_of_the_import_and_the_direction_of_the_file(photometric, expected):
    data = made.dicom(RAMP, photometric)
    window = images.window_for([images.depth_of(data, "a.dcm")])
    assert window.bounds == (0, 4095)
    assert np.abs(row(data, window.bounds) - expected).max() <= 3


def test_values_are_rescaled_as_the_file_says():
    data = made.dicom(CT, RescaleSlope=1, RescaleIntercept=-1024)
    depth = images.depth_of(data, "ct.dcm")
    assert (depth.low, depth.high, depth.whole) == (-1024, 3071, True)
    window = images.window_for([depth])
    assert window.bounds == (-1024, 3071)
    assert np.abs(row(data, window.bounds) - np.linspace(0, 255, 64)).max() <= 3
    halves = images.depth_of(made.dicom(CT, RescaleSlope="0.5", RescaleIntercept=0), "ct.dcm")
    assert (halves.high, halves.whole) == (2047.5, False)


def test_eight_bits_stay_as_they_are():
    data = made.dicom((RAMP // 16).astype(np.uint8))
    assert images.depth_of(data, "a.dcm") is None
    assert np.abs(row(data) - RAMP[0] // 16).max() <= 3


def test_of_many_frames_the_first_counts():
    first, second = (np.full((48, 64), value, np.uint16) for value in (4095, 0))
    data = made.dicom(np.concatenate([first, second]), Rows=48, NumberOfFrames=2)
    assert row(data, (0, 4095)).min() > 250


def test_nothing_of_the_patient_is_kept():
    data = made.dicom(RAMP)
    assert b"Muster" in data
    stored = images.store_form(data, "a.dcm")
    for kept in (stored.data, stored.small):
        assert b"Muster" not in kept
        assert b"4711" not in kept


def test_what_cannot_be_read_is_said():
    deflated = made.dicom(RAMP).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    with pytest.raises(ImageError, match="deflated"):
        images.store_form(deflated, "a.dcm")
    # another video format in the header than the pixels have
    mpeg = made.dicom(RAMP).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.4.100\0")
    with pytest.raises(ImageError):
        images.store_form(mpeg, "a.dcm")
    words = made.dicom(RAMP)
    with pytest.raises(ImageError):
        images.store_form(words[:400], "a.dcm")
