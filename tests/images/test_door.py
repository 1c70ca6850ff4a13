"""The door for pictures: right pixels, or one line that names the file."""

import io
import os
import re

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tltools import images
from tltools.errors import ImageError
from tltools.settings import LIMITS


def decoded(data: bytes, name: str = "a.png") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(images.store_form(data, name).data)))


def test_every_hostile_picture_decodes_or_ends_in_a_line():
    seen = {"used": 0, "refused": 0}
    for name, data in corpus.pictures():
        try:
            stored = images.store_form(data, name)
            assert images.to_array(stored.data, 32, "crop").shape == (32, 32, 3)
            seen["used"] += 1
        except ImageError as error:
            line = str(error)
            assert len(line) <= 140, line
            assert images.shown_name(name) in line
            assert not re.search(r"Traceback|0x|/tmp|\n", line)
            seen["refused"] += 1
    assert seen["used"] > 50
    assert seen["refused"] > 100


@pytest.mark.parametrize(("name", "words"), [("empty.jpg", "empty"), ("text.jpg", "not a picture"),
                                             ("huge.png", "megapixels"), ("wide.png", "pixels"),
                                             ("heic.jpg", "damaged"), ("avif.jpg", "damaged"),
                                             ("scans.jpg", "passes"), ("svg.png", "not a picture")])
def test_known_cases_have_their_own_words(name, words):
    data = dict(corpus.pictures())[name]
    with pytest.raises(ImageError, match=words):
        images.store_form(data, name)


def test_sixteen_bit_grey_is_scaled():
    ramp = np.linspace(0, 65535, 256 * 256).astype(np.uint16).reshape(256, 256)
    data = corpus.encoded(Image.fromarray(ramp), "PNG")
    assert abs(decoded(data).mean() - 127.5) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_and_no_metadata_kept(orientation):
    upright = Image.fromarray(
        np.kron(np.array([[250, 0], [0, 0]], np.uint8), np.ones((32, 48), np.uint8))).convert("RGB")
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270
    }
    turned = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8825)[1] = "N"
    data = corpus.encoded(turned, "JPEG", exif=exif.tobytes(), quality=95)
    stored = images.store_form(data, "a.jpg")
    result = np.asarray(Image.open(io.BytesIO(stored.data)))
    assert result.shape == (64, 96, 3)
    assert np.abs(result.astype(int) - np.asarray(upright)).mean() < 5
    assert not Image.open(io.BytesIO(stored.data)).getexif()
    assert b"Exif" not in stored.data


def test_alpha_is_laid_over_white_and_palette_transparency_too():
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    assert decoded(corpus.encoded(clear, "PNG")).min() > 250
    palette = Image.new("P", (20, 20), 0)
    palette.putpalette([255, 0, 0] + [0] * 765)
    assert decoded(corpus.encoded(palette, "PNG", transparency=0)).min() > 250


def test_cmyk_first_frame_and_large_alpha():
    red = Image.new("RGB", (50, 50), (200, 30, 30)).convert("CMYK")
    assert decoded(corpus.encoded(red, "JPEG"))[..., 0].mean() > 150
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("white", "black")]
    assert decoded(corpus.encoded(frames[0], "GIF", save_all=True,
                                  append_images=frames[1:])).mean() > 250
    big = Image.new("RGBA", (5000, 3000), (0, 0, 0, 0))
    stored = images.store_form(corpus.encoded(big, "PNG"), "big.png")
    assert (stored.width, stored.height) == (LIMITS.stored_side, 384)
    assert images.to_array(stored.data, 64, "squash").min() > 250


def test_training_and_prediction_see_the_same_array(tmp_path):
    data = corpus.encoded(corpus.picture(size=(900, 500)), "PNG")
    path = tmp_path / "stored.jpg"
    path.write_bytes(images.store_form(data, "a.png").data)
    for rule in ("crop", "pad", "squash"):
        np.testing.assert_array_equal(images.to_array(path, 96, rule),
                                      images.array_from_outside(data, "a.png", 96, rule))


def test_resize_rules_differ_as_told():
    wide = Image.new("RGB", (200, 100), "white")
    stored = images.store_form(corpus.encoded(wide, "PNG"), "a.png").data
    assert images.to_array(stored, 40, "crop").min() > 250
    padded = images.to_array(stored, 40, "pad")
    assert padded[0].mean() == pytest.approx(127)
    assert padded[20].min() > 250


def test_special_files_are_refused(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    for name in ("a.jpg", "absent.jpg", "."):
        with pytest.raises(ImageError):
            images.read_file(tmp_path / name)
    (tmp_path / "big.jpg").write_bytes(b"\0" * (LIMITS.image_bytes + 1))
    with pytest.raises(ImageError, match="MB"):
        images.read_file(tmp_path / "big.jpg")


def test_shared_defects(shared_data):
    with pytest.raises(ImageError, match="damaged"):
        images.store_form((shared_data / "defects" / "xray_truncated.jpg").read_bytes(),
                          "xray_truncated.jpg")
    assert images.store_form((shared_data / "defects" / "imageNotFound.gif").read_bytes(),
                             "imageNotFound.gif").width
