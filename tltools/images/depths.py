"""More than eight bits: which values stand for black and white, decided once for a
whole import.

Owns the look at one picture's values (`Depth`), the window for many (`window_for`) and
the scaling to eight bits. A microscope or an X-ray stores 10, 12 or 14 bits in a file
of 16: scaled by what the file could hold, such a picture is almost black; scaled by
what each picture holds, a bright and a dark one become alike, and brightness may be
what tells the classes apart. Leaves decoding to `formats`. `window` is everywhere
(black, white), in the values of the files; None means that nothing was decided: then
16 bits are scaled by 65,535.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tltools.images import formats

FULL = (0.0, 65535.0)
_STEPS = {8: 255, 10: 1023, 12: 4095, 14: 16383, 16: 65535}  # bits: the highest value
_FAINT = 0.1  # values that use less than this share of a step were not made for it


@dataclass(frozen=True)
class Depth:
    """The values of one picture with more than eight bits: the lowest, the highest, and
    whether they are whole numbers."""

    low: float
    high: float
    whole: bool


@dataclass(frozen=True)
class Window:
    """Which values become black and white in every picture of an import. reason: a
    sentence that says it and why."""

    low: float
    high: float
    reason: str

    @property
    def bounds(self) -> tuple[float, float]:
        """(black, white), as `store_form` takes it and a data set keeps it."""
        return self.low, self.high


def may_be_deep(head: bytes) -> bool:
    """Whether a file may hold more than eight bits, by its first 200 bytes: only for
    such a file `depth_of` has to look at the pixels."""
    kind = formats.kind_of(head)
    if kind == "PNG":
        return head[24:25] == b"\x10"
    return kind in ("TIFF", "JPEG2000", "DICOM")


def depth_of(data: bytes, name: str) -> Depth | None:
    """The values of a picture with more than eight bits; None for all others. Raises
    `ImageError` naming the file where it cannot be decoded."""
    shown = formats.shown_name(name)
    formats.check_bytes(len(data), shown)
    if not may_be_deep(data[:200]):
        return None
    opened = formats.opened(data, shown)
    if opened.high_bytes:
        # of 16-bit colours Pillow gives the upper halves, which is all that is needed
        channels = _extrema(opened.image)[:3]
        return Depth(256.0 * min(low for low, _ in channels),
                     256.0 * max(high for _, high in channels) + 255.0, True)
    if not is_deep(opened.image):
        return None
    low, high = _range(opened.image)
    return Depth(low, high, opened.image.mode != "F")


def window_for(depths: Iterable[Depth | None]) -> Window | None:
    """One window for all pictures of an import; None if none of them has more than
    eight bits.

    Whole numbers from 0: the smallest of 8, 10, 12, 14 and 16 bits that holds them all.
    Fractions up to 1: 0 to 1. Everything else (negative values, more than 16 bits):
    from the lowest to the highest value of all pictures.
    """
    deep = [depth for depth in depths if depth is not None]
    if not deep:
        return None
    low, high = min(depth.low for depth in deep), max(depth.high for depth in deep)
    count = "The one picture" if len(deep) == 1 else f"All {len(deep):,} pictures"
    lead = f"{count} with more than 8 bits:"
    if low >= 0 and high <= 1 and not all(depth.whole for depth in deep):
        return Window(0.0, 1.0, f"{lead} values from 0 to 1, so 0 is black and 1 is white.")
    bits = _bits(low, high, all(depth.whole for depth in deep))
    if bits:
        white = _STEPS[bits]
        return Window(0.0, float(white), f"{lead} values up to {high:,.0f} fit into {bits} bits, "
                                         f"so 0 is black and {white:,} is white.")
    high = high if high > low else low + 1
    return Window(low, high, f"{lead} the lowest value, {low:,.6g}, is black and the highest, "
                             f"{high:,.6g}, is white.")


def _bits(low: float, high: float, whole: bool) -> int | None:
    if low < 0:
        return None
    for bits, most in _STEPS.items():
        if high <= most:
            return bits if whole or high >= _FAINT * most else None
    return None


def is_deep(image: Image.Image) -> bool:
    """Whether a picture is grey with more than eight bits."""
    return image.mode.startswith("I") or image.mode == "F"


def own_window(image: Image.Image) -> tuple[float, float]:
    """The window where none was decided: by the file's own kind of number."""
    if image.mode.startswith("I;16"):
        return FULL
    low, high = _range(image)
    if low >= 0:
        for most in (1.0, 255.0, 65535.0):
            if high <= most:
                return 0.0, most
    return low, high


def eight_bit(values: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Values of any kind as uint8: what is at or below the window's lower end becomes
    0, at or above its upper end 255; not a number becomes 0."""
    low, high = window
    scale = np.float32(255.0 / max(high - low, 1e-9))
    scaled = (values.astype(np.float32) - np.float32(low)) * scale
    return np.clip(np.nan_to_num(scaled, posinf=255.0, neginf=0.0) + 0.5, 0, 255).astype(np.uint8)


def grey(band: Image.Image, window: tuple[float, float], inverted: bool) -> Image.Image:
    """A grey picture with more than eight bits as RGB or L; a value that its file calls
    transparent becomes white."""
    values = np.asarray(band)
    scaled = eight_bit(values, window)
    if inverted:
        scaled = 255 - scaled
    clear = band.info.get("transparency")
    if isinstance(clear, int):
        scaled = np.where(values == clear, np.uint8(255), scaled)
    return Image.fromarray(scaled)


def colour(upper: Image.Image, lower: Image.Image, window: tuple[float, float]) -> Image.Image:
    """16-bit colours from the upper and the lower halves of their values, as RGB, or
    RGBA where there is transparency (which has no window)."""
    high, low = np.asarray(upper), np.asarray(lower)
    result = high.copy()
    values = high[..., :3].astype(np.uint16) << 8 | low[..., :3]
    result[..., :3] = eight_bit(values, window)
    return Image.fromarray(result, upper.mode)


def _range(image: Image.Image) -> tuple[float, float]:
    if image.mode not in ("I", "I;16"):  # Pillow looks at no others, and trips over NaN
        values = np.asarray(image)
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return _extrema(image)[0]


def _extrema(image: Image.Image) -> list[tuple[float, float]]:
    """The lowest and highest value of each channel."""
    found = image.getextrema()
    pairs = found if isinstance(found[0], tuple) else (found,)
    return [(float(low), float(high)) for low, high in pairs]
