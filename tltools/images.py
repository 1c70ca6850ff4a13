"""The one door for pictures from outside, and the one resize that training, serving and
exports share.

Owns checking, decoding, the stored form and the array that a network sees. Leaves where
pictures are kept to `datasets`. A picture passes `store_form` once; everything later
reads what that made, so that training and prediction see identical arrays. Never
`Image.verify()`: 2,619 of 7,723 files that pass it fail to load.
"""

import io
import os
import stat
import warnings
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
_PAD = (127, 127, 127)  # middle grey: nearest to "nothing" for every preprocessing
_SCAN_MEGAPIXELS = 600.0  # passes x megapixels of a progressive JPEG: about 10 s of decoding
_MAGIC = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF8", "GIF"),
          (b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"),
          (b"MM\0+", "TIFF"))
KNOWN_EXTENSIONS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif",
                    ".tiff")
"""Names that look like a picture; only for choosing what to try, never trusted."""

Image.MAX_IMAGE_PIXELS = None  # our own limits below are stricter and have messages


@dataclass(frozen=True)
class StoredImage:
    """A picture in the form that is kept: upright RGB, no metadata, longest side at
    most `LIMITS.stored_side`."""

    data: bytes
    width: int
    height: int


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
        _check_bytes(facts.st_size, shown)
        return Path(path).read_bytes()
    except OSError as error:
        raise ImageError(f"{shown} cannot be opened.",
                         "Check that it is there and may be read.") from error


def store_form(data: bytes, name: str) -> StoredImage:
    """Decode a picture from outside and put it into the stored form.

    EXIF orientation is applied, alpha laid over white, 16-bit scaled, CMYK and palettes
    converted; of an animation or a multi-page file the first frame counts. Raises
    `ImageError` naming the file.
    """
    shown = shown_name(name)
    _check_bytes(len(data), shown)
    kind = _kind(data, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = _open(data, kind, shown)
            image = _upright(_small_rgb(image), image)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{shown} needs more memory than there is.", "Make it smaller.") from error
    # OSError, ValueError, SyntaxError, NotImplementedError, IndexError...: all seen
    except Exception as error:
        raise ImageError(f"{shown} is damaged or cut off.", "Save or copy it again.") from error
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return StoredImage(buffer.getvalue(), image.width, image.height)


def to_array(stored: bytes | Path, size: int, rule: str) -> np.ndarray:
    """What the network sees of a stored picture: uint8 (size, size, 3), RGB 0..255.

    rule: "crop" keeps the middle square, "pad" keeps all and fills with grey, "squash"
    ignores the proportions. Raises `ImageError` if the stored file is gone or damaged.
    """
    return np.asarray(resized(stored, size, rule))


def resized(stored: bytes | Path, size: int, rule: str) -> Image.Image:
    """As `to_array`, as a Pillow picture (for previews)."""
    try:
        source = io.BytesIO(stored) if isinstance(stored, bytes) else stored
        with Image.open(source, formats=("JPEG",)) as opened:
            image = opened.convert("RGB")
    except Exception as error:
        raise ImageError("A stored picture is gone or damaged.",
                         "Delete it from the data set and add it again.") from error
    if rule == "crop":
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.resize((size, size), Image.Resampling.BICUBIC,
                            (left, top, left + side, top + side))
    if rule == "pad":
        return ImageOps.pad(image, (size, size), Image.Resampling.BICUBIC, color=_PAD)
    return image.resize((size, size), Image.Resampling.BICUBIC)


def array_from_outside(data: bytes, name: str, size: int, rule: str) -> np.ndarray:
    """`store_form`, then `to_array`: a new picture exactly as training would have seen
    it."""
    return to_array(store_form(data, name).data, size, rule)


def thumbnail(stored: bytes) -> bytes:
    """A small JPEG of a stored picture, longest side `LIMITS.thumbnail_side`."""
    with Image.open(io.BytesIO(stored), formats=("JPEG",)) as image:
        image.thumbnail((LIMITS.thumbnail_side, LIMITS.thumbnail_side))
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def from_array(pixels: np.ndarray) -> StoredImage:
    """The stored form of a picture that we made: uint8 (height, width, 3)."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return StoredImage(buffer.getvalue(), pixels.shape[1], pixels.shape[0])


def shown_name(name: str, length: int = 60) -> str:
    """A file's name as it may stand in a message: last part, printable, not too long.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name
    clean = "".join(letter if letter.isprintable() else "?" for letter in last)
    return clean if len(clean) <= length else clean[: length // 2] + "…" + clean[-length // 2 + 1 :]


def _check_bytes(size: int, shown: str) -> None:
    if size == 0:
        raise ImageError(f"{shown} is empty.", "Save or copy it again.")
    if size > LIMITS.image_bytes:
        raise ImageError(
            f"{shown} has {size / 1e6:.0f} MB; at most {LIMITS.image_bytes / 1e6:.0f} MB.",
            "Make it smaller.")


def _kind(data: bytes, shown: str) -> str:
    if data[4:8] == b"ftyp":
        brand = data[8:12].decode("latin-1")
        if brand in ("heic", "heix", "hevc", "mif1", "msf1", "heim", "heis", "avif", "avis"):
            kind = "AVIF" if brand.startswith("avi") else "HEIC (iPhone)"
            raise ImageError(f"{shown} is a {kind} picture, which cannot be read here.",
                             "Save it as JPEG or PNG.")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    raise ImageError(f"{shown} is not a picture.", "Use JPEG, PNG, GIF, BMP, WebP or TIFF.")


def _open(data: bytes, kind: str, shown: str) -> Image.Image:
    scans = data.count(b"\xff\xda") if kind == "JPEG" else 0
    if scans > LIMITS.jpeg_scans:
        raise ImageError(f"{shown} is a JPEG in {scans} passes; at most {LIMITS.jpeg_scans}.",
                         "Save it again.")
    image = Image.open(io.BytesIO(data), formats=(kind,))
    width, height = image.size
    megapixels = width * height / 1e6
    progressive = bool(image.info.get("progressive"))
    allowed = {
        "WEBP": LIMITS.webp_megapixels,
        "JPEG": LIMITS.progressive_jpeg_megapixels if progressive else LIMITS.jpeg_megapixels
    }.get(kind, LIMITS.image_megapixels)
    if max(width, height) > LIMITS.image_side:
        raise ImageError(
            f"{shown} is {width:,} x {height:,} pixels; at most {LIMITS.image_side:,} a side.",
            "Make it smaller.")
    if megapixels > allowed:
        raise ImageError(f"{shown} has {megapixels:,.0f} megapixels; at most {allowed:.0f}.",
                         "Make it smaller.")
    if progressive and scans * megapixels > _SCAN_MEGAPIXELS:
        raise ImageError(f"{shown} is a JPEG that takes too long to decode.",
                         "Save it again, not progressive.")
    if kind == "JPEG":
        image.draft("RGB", (LIMITS.stored_side, LIMITS.stored_side))
    image.load()
    return image


def _small_rgb(image: Image.Image) -> Image.Image:
    """RGB at no more than about twice the stored side, made band by band so that a
    large picture is never copied whole."""
    factor = max(image.size) // (2 * LIMITS.stored_side)
    low_high = image.getextrema() if image.mode in ("I", "F") else (0, 0)
    if factor < 2:
        return _rgb(image, low_high)
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = 64 * factor
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(_rgb(band, low_high).reduce(factor), (0, top // factor))
    return small


def _rgb(image: Image.Image, low_high: tuple) -> Image.Image:
    if image.mode.startswith("I;16"):
        eight_bits = (np.asarray(image).astype(np.float32) / 257 + 0.5).astype(np.uint8)
        return Image.fromarray(eight_bits).convert("RGB")
    if image.mode in ("I", "F"):
        return Image.fromarray(_eight_bit(np.asarray(image, np.float32), *low_high)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, coloured).convert("RGB")
    return image.convert("RGB")


def _eight_bit(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Scale wide integers and floats by what they hold: 0..1, 0..255 and 0..65535 as
    such, else from least to most."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    if low >= 0 and high <= 1:
        scale, shift = 255.0, 0.0
    elif low >= 0 and high <= 255:
        scale, shift = 1.0, 0.0
    elif low >= 0 and high <= 65535:
        scale, shift = 1 / 257, 0.0
    else:
        scale, shift = 255.0 / max(high - low, 1e-9), low
    return np.clip((values - shift) * scale + 0.5, 0, 255).astype(np.uint8)


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


def previews(*, paths: list[str], size: int, rule: str) -> list[bytes]:
    """What the network would see of stored pictures, as PNG bytes; a task for a worker.
    """
    result = []
    for path in paths:
        buffer = io.BytesIO()
        resized(Path(path), size, rule).save(buffer, "PNG")
        result.append(buffer.getvalue())
    return result
