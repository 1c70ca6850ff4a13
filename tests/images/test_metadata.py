"""What a file holds beside its pixels costs little and goes nowhere."""

import io
import time
import zlib

import pytest
from PIL import Image

from tests import corpus
from tests.images import made
from tltools import images
from tltools.errors import ImageError
from tltools.images.metadata import MOST_CHUNKS, bare_jpeg, pixels_only
from tltools.settings import LIMITS

PLACE = b"home: 52.5N 13.4E"


def test_of_a_jpeg_only_pixels_orientation_and_profile_are_left():
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    data = made.jpeg_with((0xE1, exif), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
                          (0xE1, b"Exif\0\0" + PLACE), (0xE2, b"MPF\0" + PLACE),
                          (0xE2, b"ICC_PROFILE\0\1\1abc"), (0xED, PLACE), (0xFE, PLACE))
    bare = bare_jpeg(data, "a.jpg")
    assert PLACE in data
    assert PLACE not in bare
    opened = Image.open(io.BytesIO(bare))
    assert opened.getexif()[0x0112] == 6
    assert opened.info["icc_profile"] == b"abc"
    assert opened.tobytes() == made.quarters().tobytes() or opened.size == (64, 48)
    assert images.store_form(data, "a.jpg").width == 48, "turned"


def test_a_plain_jpeg_keeps_its_bytes():
    data = corpus.encoded(made.quarters(), "JPEG")
    assert bare_jpeg(data, "a.jpg") == data


def test_what_is_between_the_pieces_hides_nothing():
    data = corpus.encoded(made.quarters(), "JPEG")
    tiny = b"\xff\xe1\0\x08Exif\0\0"
    for junk in (b"\xff", b"\0\0\0", b"\xff\x01"):
        with pytest.raises(ImageError, match="pieces of metadata"):
            bare_jpeg(data[:2] + junk + tiny * 3_000 + data[2:], "a.jpg")


def test_a_picture_with_a_directory_of_others_is_a_jpeg():
    frames = [made.quarters(), Image.new("RGB", (64, 48))]
    data = corpus.encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    stored = images.store_form(data, "a.jpg")
    assert Image.open(io.BytesIO(stored.data)).getpixel((4, 4))[0] > 150


@pytest.mark.parametrize("kind", ["GIF", "PNG", "JPEG"])
def test_a_long_comment_stops_nothing_and_is_not_kept(kind):
    image = made.quarters() if kind != "GIF" else made.quarters().convert("P")
    data = corpus.encoded(image, kind)
    note = PLACE * 4_000
    if kind == "GIF":
        head = 13 + 3 * (2 << (data[10] & 7))
        blocks = b"".join(bytes([len(note[at:at + 255])]) + note[at:at + 255]
                          for at in range(0, len(note), 255))
        data = data[:head] + b"\x21\xfe" + blocks + b"\0" + data[head:]
    elif kind == "PNG":
        long = zlib.compress(note * 40)  # over two megabytes
        data = data[:33] + made.chunk(b"tEXt", b"comment\0" + note) \
            + made.chunk(b"zTXt", b"workflow\0\0" + long) + data[33:]
    else:
        data = made.jpeg_with((0xFE, PLACE * 3_000))
    stored = images.store_form(data, "a")
    for kept in (stored.data, stored.small):
        assert PLACE not in kept
        assert set(Image.open(io.BytesIO(kept)).info) <= {
            "jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_comments_that_older_versions_stored_go_no_further():
    stored = made.jpeg_with((0xFE, PLACE))
    picture = images.resized(stored, 32, "crop")
    assert PLACE not in corpus.encoded(picture, "PNG")
    assert picture.info == {}
    assert PLACE not in images.thumbnail(stored)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_far_too_many_pieces_are_refused_at_once(kind):
    if kind == "PNG":
        data = corpus.encoded(made.quarters(), "PNG")
        data = data[:33] + made.chunk(b"abCd", b"") * (MOST_CHUNKS + 1) + data[33:]
    else:
        data = corpus.encoded(made.quarters().convert("P"), "GIF")
        head = 13 + 3 * (2 << (data[10] & 7))
        data = data[:head] + b"\x21\xfe\x01a\0" * (MOST_CHUNKS + 1) + data[head:]
    begun = time.process_time()
    with pytest.raises(ImageError, match=f"a {kind}"):
        images.store_form(data, "a")
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("size", [(64, 48), (LIMITS.stored_side, 300)], ids=str)
def test_a_plain_jpeg_is_kept_as_it_came_bit_for_bit_and_without_a_word(size):
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    data = corpus.encoded(made.quarters(*size), "JPEG", quality=60, exif=exif.tobytes(),
                          comment=PLACE, dpi=(300, 300)) + b"a film: " + PLACE
    stored = images.store_form(data, "a.jpg")
    assert stored.data == pixels_only(data)
    assert PLACE not in stored.data
    kept, came = Image.open(io.BytesIO(stored.data)), Image.open(io.BytesIO(data))
    assert kept.tobytes() == came.tobytes(), "no pixel is worse for having been here"
    assert set(kept.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert kept.info["jfif_density"] == (1, 1)
    assert len(stored.data) < len(data)


@pytest.mark.parametrize(("image", "more"), [
    (made.quarters(), {"progressive": True}),
    (made.quarters().convert("L"), {}),
    (made.quarters().convert("CMYK"), {}),
    (made.quarters(), {"icc_profile": made.wide_gamut()}),
    (made.quarters(), {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"}),
    (made.quarters(LIMITS.stored_side * 2, 400), {}),
    (made.quarters(LIMITS.stored_side + 1, 400), {}),
], ids=["progressive", "grey", "inks", "profile", "turned", "twice as large", "too large"])
def test_any_other_jpeg_is_encoded_anew(image, more):
    data = corpus.encoded(image, "JPEG", **more)
    stored = images.store_form(data, "a.jpg")
    assert stored.data != pixels_only(data)
    again = Image.open(io.BytesIO(stored.data))
    assert again.mode == "RGB"
    assert max(again.size) <= LIMITS.stored_side
    assert not {"progressive", "icc_profile", "exif"} & set(again.info)


def test_a_jpeg_with_more_bytes_than_pixels_need_is_encoded_anew():
    data = corpus.encoded(made.quarters(), "JPEG")
    assert pixels_only(data)
    stuffed = data[:-2] + b"note" * 20_000 + data[-2:]
    assert len(images.store_form(stuffed, "a.jpg").data) < 20_000
