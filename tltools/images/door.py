"""The one door for pictures from outside.

Owns the way from a file to the stored form: decoding, more than eight bits, one frame,
transparency, colours, upright, small, no metadata. A picture passes `store_form` once;
everything later reads what that made. Bounds on time and memory are `decoders`'s.
"""

import io
import os
import stat
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from tltools.errors import ImageError
from tltools.images import colours, depths, formats, metadata
from tltools.images.formats import Opened, check_bytes, shown_name
from tltools.images.stored import StoredImage, as_it_came, encoded, to_array
from tltools.settings import LIMITS

Bounds = tuple[float, float]
_MOST_FOR_PIXELS = 4  # bytes of a JPEG for each; one of pure noise needs some three


def read_file(path: Path, name: str | None = None) -> bytes:
    """The bytes of a picture's file. Raises `ImageError` for what is absent, too large
    or no plain file.

    A named pipe called `a.jpg` would hang a naive reader, so the kind of file is looked
    at first.
    """
    shown = shown_name(name or Path(path).name)
    try:
        facts = os.stat(path)
        if not stat.S_ISREG(facts.st_mode):
            raise ImageError(f"{shown} is not a plain file.", "Give a picture file.")
        check_bytes(facts.st_size, shown)
        return Path(path).read_bytes()
    except OSError as error:
        raise ImageError(f"{shown} cannot be opened.",
                         "Check that it is there and may be read.") from error


def store_form(data: bytes, name: str, window: Bounds | None = None) -> StoredImage:
    """Decode a picture from outside and put it into the stored form.

    EXIF orientation is applied, alpha laid over white, CMYK, palettes and colour
    profiles turned into sRGB; of an animation or a multi-page file the first frame
    counts. window: (black, white) for values of more than eight bits (`depths`); None:
    16 bits are scaled by 65,535. Raises `ImageError` naming the file.
    """
    shown = shown_name(name)
    check_bytes(len(data), shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = formats.opened(data, shown)
            image = _upright(_small(opened, data, shown, window), opened.image)
            if image is opened.image and (plain := _plain_jpeg(opened, data)):
                return as_it_came(image, plain)
            return encoded(colours.srgb(image, opened.image.info.get("icc_profile")))
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{shown} needs more memory than there is.", "Make it smaller.") from error
    # OSError, ValueError, SyntaxError, NotImplementedError, IndexError...: all seen
    except Exception as error:
        raise ImageError(f"{shown} is damaged or cut off.", "Save or copy it again.") from error


def array_from_outside(data: bytes, name: str, size: int, rule: str,
                       window: Bounds | None = None) -> np.ndarray:
    """`store_form`, then `to_array`: a new picture exactly as training would have seen
    it."""
    return to_array(store_form(data, name, window).data, size, rule)


def _small(opened: Opened, data: bytes, shown: str, window: Bounds | None) -> Image.Image:
    """RGB, L or CMYK at no more than about twice the stored side, made band by band so
    that a large picture is never copied whole."""
    image, lower = opened.image, None
    if depths.is_deep(image):
        window = window or depths.own_window(image)
    elif opened.high_bytes and window and window != depths.FULL:
        lower = formats.lower_halves(data, opened.kind, shown)
    factor = max(image.size) // (2 * LIMITS.stored_side)
    if factor < 2:
        return _plain(opened, image, lower, window)
    rows, small = 64 * factor, None
    for top in range(0, image.height, rows):
        box = (0, top, image.width, min(top + rows, image.height))
        band = _plain(opened, image.crop(box), lower.crop(box) if lower else None,
                      window).reduce(factor)
        small = small or Image.new(band.mode, (band.width, -(-image.height // factor)))
        small.paste(band, (0, top // factor))
    return small or image


def _plain_jpeg(opened: Opened, data: bytes) -> bytes | None:
    """The file of a JPEG that needs no other encoding: it costs half the time of an
    import, a bit of every picture, and often twice the disk. None for any other."""
    image = opened.image
    if opened.kind != "JPEG" or not colours.is_srgb(image.mode, image.info.get("icc_profile")):
        return None
    plain = metadata.pixels_only(data)
    if plain is None or len(plain) > _MOST_FOR_PIXELS * image.width * image.height + 10_000:
        return None
    with Image.open(io.BytesIO(plain), formats=("JPEG",)) as again:
        # otherwise it was decoded at a half or less
        return plain if again.size == image.size else None


def _plain(opened: Opened, band: Image.Image, lower: Image.Image | None,
           window: Bounds | None) -> Image.Image:
    """A band of the picture as RGB, L or CMYK with eight bits and no transparency."""
    if lower is not None and window:
        band.info.pop("transparency", None)  # said of values that are no longer there
        band = depths.colour(band, lower, window)
    elif depths.is_deep(band) and window:
        return depths.grey(band, window, opened.inverted)
    elif opened.inverted:
        return band.point(lambda value: 255 - value)
    if band.mode in colours.CLEAR_MODES or "transparency" in band.info:
        return colours.on_white(band)
    if band.mode == "LAB":
        return colours.lab_to_rgb(band)
    return band if band.mode in ("RGB", "L", "CMYK") else band.convert("RGB")


def _upright(small: Image.Image, original: Image.Image) -> Image.Image:
    try:
        orientation = original.getexif().get(0x0112, 1)
    except Exception:  # a damaged EXIF block says nothing about the picture itself
        orientation = 1
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90
    }
    if orientation in turns:
        small = small.transpose(turns[orientation])
    if max(small.size) > LIMITS.stored_side:
        share = LIMITS.stored_side / max(small.size)
        size = (max(1, round(small.width * share)), max(1, round(small.height * share)))
        small = small.resize(size, Image.Resampling.LANCZOS)
    return small
