"""Each newer format: the pixels that were put in, upright, on white, or one line."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.images import made
from tltools import images
from tltools.errors import ImageError
from tltools.images import formats

COLOURS = [made.RED, made.GREEN, made.BLUE, made.YELLOW]


def decoded(data: bytes, window=None) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(images.store_form(data, "a", window).data)))


def close(found, expected, most: int = 6) -> bool:
    return np.abs(np.asarray(found, int) - np.asarray(expected, int)).max() <= most


@pytest.mark.parametrize("data", [
    made.heic("colours"), made.heic("large"), corpus.encoded(made.quarters(), "AVIF", quality=95),
    corpus.encoded(made.quarters(), "JPEG2000"),
    corpus.encoded(made.quarters(), "JPEG2000", no_jp2=True),
    made.dicom(np.asarray(made.quarters()), "RGB"),
    made.dicom(np.asarray(made.quarters().convert("YCbCr")), "YBR_FULL")
], ids=["heic", "large-heic", "avif", "jp2", "j2k", "dicom", "dicom-ybr"])
def test_colours_are_those_that_were_put_in(data):
    assert close(made.corners(decoded(data)), COLOURS)


@pytest.mark.parametrize("size", [(2561, 1300), (4001, 3003), (5120, 2560)])
@pytest.mark.parametrize("more", [{}, {"tile_size": (1000, 700)}, {"num_resolutions": 2}],
                         ids=["plain", "tiles", "few"])
def test_a_large_jpeg_2000_is_decoded_small(size, more):
    pixels = decoded(corpus.encoded(made.quarters(*size), "JPEG2000", **more))
    assert pixels.shape[1] == 640
    assert close(made.corners(pixels), COLOURS)


@pytest.mark.parametrize(("orientation", "order"), [(3, (3, 2, 1, 0)), (6, (2, 0, 3, 1)),
                                                    (8, (1, 3, 0, 2))])
@pytest.mark.parametrize("kind", ["HEIC", "AVIF", "WEBP", "PNG", "TIFF"])
def test_each_format_is_turned_upright_and_keeps_no_metadata(kind, orientation, order):
    if kind == "HEIC":
        data = made.heic(f"turned-{orientation}")
    else:
        exif = Image.Exif()
        exif[0x0112], exif[0x010E] = orientation, "home: 52.5N 13.4E"
        data = corpus.encoded(made.quarters(), kind, exif=exif.tobytes())
    assert b"52.5N" in data
    stored = images.store_form(data, "a")
    assert close(made.corners(np.asarray(Image.open(io.BytesIO(stored.data)))),
                 [COLOURS[number] for number in order], 40 if kind in ("WEBP", "AVIF") else 6)
    for kept in (stored.data, stored.small):
        assert b"52.5N" not in kept
        assert b"Exif" not in kept


def test_transparency_is_laid_on_white():
    clear = made.quarters().convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 32, 48))
    for data in (made.heic("clear"), corpus.encoded(clear, "AVIF", quality=95),
                 corpus.encoded(clear, "JPEG2000")):
        found = made.corners(decoded(data))
        assert close(found, [(255,) * 3, made.GREEN, (255,) * 3, made.YELLOW])


@pytest.mark.parametrize("bits", [10, 12])
def test_heic_of_many_bits_is_scaled_by_what_it_says(bits):
    row = decoded(made.heic(f"bits-{bits}"))[24, :, 0]
    assert close(row, np.linspace(0, 255, 64), 3)


def test_what_a_file_is_is_told_by_its_bytes():
    def kind(data):
        return formats.kind_of(data[:200])

    box = b"\0\0\0\x1cftypmif1\0\0\0\0mif1miaf"
    assert kind(box + b"avif") == "AVIF"
    assert kind(box + b"heic") == "HEIF"
    assert kind(b"\0\0\0\x18ftypisom\0\0\0\0mp42mp41") is None
    for data, expected in ((made.dicom(np.zeros((4, 4), np.uint8)), "DICOM"),
                           (corpus.encoded(made.quarters(), "JPEG2000"), "JPEG2000")):
        assert kind(data) == expected


@pytest.mark.parametrize(("data", "words"), [
    (b"\0\0\0\x18ftypisom\0\0\0\0mp42mp41", "a video"), (b"\x1aE\xdf\xa3\x9f", "a video"),
    (b"RIFF\0\0\0\0AVI LIST", "a video"), (b"\xff\x0a" + b"\0" * 20, "JPEG XL"),
    (b"%PDF-1.7", "PDF"), (b"8BPS\0\1", "Photoshop"), (b"plain words", "not a picture")])
def test_what_is_not_read_is_named(data, words):
    with pytest.raises(ImageError, match=words) as caught:
        images.store_form(data, "thing.bin")
    assert "thing.bin" in str(caught.value)
    assert len(str(caught.value)) <= 140


@pytest.mark.parametrize(("kind", "size"), [("AVIF", (6500, 6400)), ("JPEG2000", (7000, 3000)),
                                            ("JPEG2000", (8000, 7000))])
def test_megapixels_have_a_limit_by_what_decoding_costs(kind, size):
    more = {"num_resolutions": 1} if size[1] == 3000 else {}
    data = corpus.encoded(Image.new("L", size), kind, **(more or {"speed": 10}
                                                         if kind == "AVIF" else more))
    with pytest.raises(ImageError, match="megapixels"):
        images.store_form(data, "large")


def test_every_hostile_picture_of_the_newer_formats_decodes_or_ends_in_a_line():
    seen = {"used": 0, "refused": 0}
    for name, data in made.hostile():
        try:
            assert images.store_form(data, name).width
            seen["used"] += 1
        except ImageError as error:
            line = str(error)
            assert len(line) <= 140, line
            assert images.shown_name(name) in line
            assert not re.search(r"Traceback|0x[0-9a-f]|/tmp|\n", line)
            seen["refused"] += 1
    assert seen["used"] > 60
    assert seen["refused"] > 150
