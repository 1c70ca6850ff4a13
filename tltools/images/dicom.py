"""DICOM, the format of medical pictures.

Owns the reading of one frame by pydicom, with the file's own rescaling. Nothing but
pixels leaves this module: no name, no date, no text of the file. What pydicom decodes
by itself or by Pillow is read (no compression, RLE, JPEG, JPEG 2000). The window that a
file recommends is not used: it is another one in each picture (`depths`).
"""

import io
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image

from tltools.errors import ImageError
from tltools.settings import LIMITS

_DEFLATED = b"1.2.840.10008.1.2.1.99"  # unpacks in memory, with no bound
CheckSize = Callable[[tuple[int, int], float, str], None]


def opened(data: bytes, shown: str, check_size: CheckSize) -> tuple[Image.Image, bool]:
    """(the first frame, whether its lowest value stands for white). Grey frames have
    mode L, I;16, I or F, coloured ones RGB.

    check_size: raises for what is too large, given (width, height), megapixels and the
    name. Raises `ImageError`, or anything at all where the file is damaged.
    """
    if _DEFLATED in data[:4096]:
        raise ImageError(f"{shown} is a DICOM file packed as a whole (deflated).",
                         "Save it uncompressed.")
    import pydicom
    from pydicom import pixels

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        facts = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        if "Rows" not in facts or "Columns" not in facts:
            raise ImageError(f"{shown} is a DICOM file without a picture.",
                             "Leave it out; only pictures are read.")
        check_size((int(facts.Columns), int(facts.Rows)), LIMITS.deep_megapixels, shown)
        whole = pydicom.dcmread(io.BytesIO(data))
        try:
            frame = pixels.pixel_array(whole, index=0)
        except (NotImplementedError, RuntimeError) as error:
            raise ImageError(f"{shown} is a DICOM file in a way that cannot be read here.",
                             "Save it uncompressed.") from error
        meaning = str(facts.get("PhotometricInterpretation", ""))
        if meaning == "PALETTE COLOR":
            frame = pixels.apply_color_lut(frame, whole)
        if frame.ndim == 3:
            return Image.fromarray(_eight_bit_colours(frame)), False
        return _grey(pixels.apply_modality_lut(frame, whole)), meaning == "MONOCHROME1"


def _eight_bit_colours(frame: np.ndarray) -> np.ndarray:
    return frame if frame.dtype == np.uint8 else (frame >> 8).astype(np.uint8)


def _grey(frame: np.ndarray) -> Image.Image:
    """As the smallest of Pillow's modes that holds the values."""
    if frame.dtype == np.uint8:
        return Image.fromarray(frame)
    whole = np.issubdtype(frame.dtype, np.integer) or bool(np.all(frame == np.rint(frame)))
    if not whole:
        return Image.fromarray(frame.astype(np.float32))
    if frame.min() >= 0 and frame.max() <= 65535:
        return Image.fromarray(frame.astype(np.uint16))
    return Image.fromarray(frame.astype(np.int32))
