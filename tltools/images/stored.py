"""The stored form of a picture and everything that is read from it.

Owns how it is encoded, the array that a network sees, and the small picture. Leaves
making it from what people bring to `door`. Training, serving and exports read only
this, so that they see identical arrays.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tltools.errors import ImageError
from tltools.settings import LIMITS

EXTENSION = "jpg"
PREPROCESSING = 1
"""Version of what `to_array` makes of a stored picture; caches are keyed by it, so
raise it with every change of a pixel."""
_QUALITY = 95
_SMALL_QUALITY = 80
_PAD = (127, 127, 127)  # middle grey: nearest to "nothing" for every preprocessing


@dataclass(frozen=True)
class StoredImage:
    """A picture in the form that is kept: upright RGB, no metadata, longest side at
    most `LIMITS.stored_side`. small: its small picture, JPEG bytes."""

    data: bytes
    width: int
    height: int
    small: bytes


def encoded(image: Image.Image) -> StoredImage:
    """The stored form of an upright RGB picture of at most the stored side. What its
    `info` says is forgotten: Pillow writes comments and more of it by itself."""
    image.info = {}
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return as_it_came(image, buffer.getvalue())


def as_it_came(image: Image.Image, data: bytes) -> StoredImage:
    """The stored form of a picture whose JPEG file is one: upright RGB of at most the
    stored side, without metadata. image: the same, decoded."""
    # a picture that is small already is its own small picture
    small = data if max(image.size) <= LIMITS.thumbnail_side else _small(image)
    return StoredImage(data, image.width, image.height, small)


def from_array(pixels: np.ndarray) -> StoredImage:
    """The stored form of a picture that we made: uint8 (height, width, 3)."""
    return encoded(Image.fromarray(pixels))


def to_array(stored: bytes | Path, size: int, rule: str) -> np.ndarray:
    """What the network sees of a stored picture: uint8 (size, size, 3), RGB 0..255.

    rule: "crop" keeps the middle square, "pad" keeps all and fills with grey, "squash"
    ignores the proportions. Raises `ImageError` if the stored file is gone or damaged.
    """
    return np.asarray(resized(stored, size, rule))


def resized(stored: bytes | Path, size: int, rule: str) -> Image.Image:
    """As `to_array`, as a Pillow picture (for previews)."""
    image = _opened(stored)
    if rule == "crop":
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.resize((size, size), Image.Resampling.BICUBIC,
                            (left, top, left + side, top + side))
    if rule == "pad":
        return ImageOps.pad(image, (size, size), Image.Resampling.BICUBIC, color=_PAD)
    return image.resize((size, size), Image.Resampling.BICUBIC)


def thumbnail(stored: bytes | Path) -> bytes:
    """A small JPEG of a stored picture, longest side `LIMITS.thumbnail_side`. Raises
    `ImageError` if it is damaged."""
    return _small(_opened(stored))


def previews(*, paths: list[str], size: int, rule: str) -> list[bytes]:
    """What the network would see of stored pictures, as PNG bytes; a task for a worker.
    """
    result = []
    for path in paths:
        buffer = io.BytesIO()
        resized(Path(path), size, rule).save(buffer, "PNG")
        result.append(buffer.getvalue())
    return result


def _opened(stored: bytes | Path) -> Image.Image:
    try:
        source = io.BytesIO(stored) if isinstance(stored, bytes) else stored
        with Image.open(source, formats=("JPEG",)) as opened:
            image = opened.convert("RGB")
    except Exception as error:
        raise ImageError("A stored picture is gone or damaged.",
                         "Delete it from the data set and add it again.") from error
    image.info = {}  # pictures stored by older versions may hold a comment
    return image


def _small(image: Image.Image) -> bytes:
    share = min(1.0, LIMITS.thumbnail_side / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    # averaged by a whole number first: a fifth of the time of bicubic alone
    small = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_SMALL_QUALITY)
    return buffer.getvalue()
