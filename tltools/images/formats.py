"""What a file is, how large its picture may be, and its decoding.

Owns the formats that are read and the limits that are looked at before anything is
decoded. Trusts bytes, never names. Never `Image.verify()`: 2,619 of 7,723 files that
pass it fail to load. Leaves what becomes of the pixels to `door`, and bounds on time
and memory to `decoders`.
"""

import io
import sys
from dataclasses import dataclass

from PIL import AvifImagePlugin, Image, ImageFile

from tltools.errors import ImageError
from tltools.images import dicom
from tltools.images.metadata import bare_jpeg, bare_png, check_gif
from tltools.settings import LIMITS

KNOWN_EXTENSIONS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif",
                    ".tiff", ".heic", ".heif", ".hif", ".avif", ".jp2", ".j2k", ".jpx", ".jpf",
                    ".dcm")
"""Names that look like a picture; only for choosing what to try, never trusted."""
READ = "Use JPEG, PNG, GIF, BMP, WebP, TIFF, HEIC, AVIF, JPEG 2000 or DICOM."
_SCAN_MEGAPIXELS = 600.0  # passes x megapixels of a progressive JPEG: about 10 s of decoding
_MAGIC = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF8", "GIF"),
          (b"BM", "BMP"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"II+\0", "TIFF"),
          (b"MM\0+", "TIFF"), (b"\xff\x4f\xff\x51", "JPEG2000"),
          (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"))
_OTHERS = ((b"\xff\x0a", "a JPEG XL picture"), (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
           (b"8BPS", "a Photoshop file"), (b"%PDF", "a PDF document"))
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF_BRANDS = {b"avif", b"avis"}
_PICTURE_BRANDS = {b"mif1", b"msf1"}
# 16-bit colours: Pillow reads the upper halves; told the other order of bytes, it reads
# the lower ones
_OTHER_HALF = {"16B": "16L", "16L": "16B",
               "16N": "16B" if sys.byteorder == "little" else "16L"}

Image.MAX_IMAGE_PIXELS = None  # our own limits below are stricter and have messages
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # pictures are decoded beside each other


@dataclass(frozen=True)
class Opened:
    """A decoded picture. high_bytes: of 16-bit colours, `image` holds the upper halves
    of the values. inverted: the lowest value stands for white."""

    image: Image.Image
    kind: str
    high_bytes: bool = False
    inverted: bool = False


def shown_name(name: str, length: int = 60) -> str:
    """A file's name as it may stand in a message: last part, printable, not too long.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2] or name
    clean = "".join(letter if letter.isprintable() else "?" for letter in last)
    return clean if len(clean) <= length else clean[: length // 2] + "…" + clean[-length // 2 + 1 :]


def check_bytes(size: int, shown: str) -> None:
    """Raise `ImageError` for a file of no bytes or of too many."""
    if size == 0:
        raise ImageError(f"{shown} is empty.", "Save or copy it again.")
    if size > LIMITS.image_bytes:
        raise ImageError(
            f"{shown} has {size / 1e6:.0f} MB; at most {LIMITS.image_bytes / 1e6:.0f} MB.",
            "Make it smaller.")


def kind_of(head: bytes) -> str | None:
    """The format of a picture by its first 200 bytes, in Pillow's word (or "DICOM");
    None for everything else."""
    if head[4:8] == b"ftyp":
        brands = _brands(head)
        if brands & _AVIF_BRANDS:
            return "AVIF"
        return "HEIF" if brands & (_HEIF_BRANDS | _PICTURE_BRANDS) else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[128:132] == b"DICM":
        return "DICOM"
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def kind_of_video(head: bytes) -> str | None:
    """The container of a video by its first 200 bytes: "MP4" (QuickTime too),
    "Matroska" (WebM too) or "AVI"; None for everything else."""
    if head[4:8] == b"ftyp":
        return None if kind_of(head) else "MP4"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    return "Matroska" if head.startswith(b"\x1aE\xdf\xa3") else None


def opened(data: bytes, shown: str) -> Opened:
    """Decode a picture, as small as its format lets it be without loss for what is
    stored. Raises `ImageError` where it is over a limit, and anything at all where it
    is damaged."""
    kind = _needed_kind(data, shown)
    if kind == "DICOM":
        image, inverted = dicom.opened(data, shown, check_size)
        return Opened(image, kind, inverted=inverted)
    image = _unloaded(data, kind, shown)
    rawmode = _rawmode(image)  # loading forgets it
    inverted = kind == "TIFF" and image.mode.startswith("I;16") and _white_is_zero(image)
    _load(image, data, kind)
    return Opened(image, kind, rawmode[-3:] in _OTHER_HALF and image.mode in ("RGB", "RGBA"),
                  inverted)


def lower_halves(data: bytes, kind: str, shown: str) -> Image.Image:
    """The lower halves of the values of a picture with 16-bit colours. Raises
    `ImageError` where two decoded pictures would need too much memory."""
    image = _unloaded(data, kind, shown)
    check_size(image.size, LIMITS.deep_megapixels, shown)
    rawmode = _rawmode(image)
    grey = rawmode == "LA;16B"  # has no other order; its four bytes are read as four colours
    other = "RGBA" if grey else rawmode[:-3] + _OTHER_HALF[rawmode[-3:]]
    image.tile = [tile._replace(args=other if isinstance(tile.args, str)
                                else (other, *(tile.args or ())[1:])) for tile in image.tile]
    image.load()
    if grey:
        lower = image.getchannel(1)
        return Image.merge("RGBA", (lower, lower, lower, image.getchannel(3)))
    return image


def check_size(size: tuple[int, int], megapixels: float, shown: str) -> None:
    """Raise `ImageError` for a picture (width, height) with too long a side or too many
    pixels."""
    width, height = size
    if max(width, height) > LIMITS.image_side:
        raise ImageError(
            f"{shown} is {width:,} x {height:,} pixels; at most {LIMITS.image_side:,} a side.",
            "Make it smaller.")
    if width * height > megapixels * 1e6:
        raise ImageError(
            f"{shown} has {width * height / 1e6:,.0f} megapixels; at most {megapixels:.0f}.",
            "Make it smaller.")


def _brands(head: bytes) -> set[bytes]:
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at:at + 4] for at in range(16, end, 4))}


def _needed_kind(data: bytes, shown: str) -> str:
    kind = kind_of(data[:200])
    if kind is None:
        if kind_of_video(data[:200]):
            raise ImageError(f"{shown} is a video.", "Bring it in on the Data page, or save its "
                             "pictures as JPEG or PNG.")
        what = next((name for magic, name in _OTHERS if data.startswith(magic)), None)
        if what:
            raise ImageError(f"{shown} is {what}, which cannot be read here.",
                             "Save its pictures as JPEG or PNG.")
        raise ImageError(f"{shown} is not a picture.", READ)
    return kind


def _unloaded(data: bytes, kind: str, shown: str) -> ImageFile.ImageFile:
    """The picture opened and within all limits, with nothing decoded yet."""
    if kind == "HEIF":
        _register_heif()
    if kind == "JPEG":
        data = bare_jpeg(data, shown)
        _check_passes(data, shown)
    elif kind == "PNG":
        data = bare_png(data, shown)
    elif kind == "GIF":
        check_gif(data, shown)
    # with its metadata cut away a JPEG is never adopted as MPO
    image = Image.open(io.BytesIO(data), formats=(kind,))
    size = image.size
    if kind == "JPEG":
        _check_progressive(image, data, shown)
        share = min(1.0, LIMITS.stored_side / max(size))
        # decoded at a half, a quarter or an eighth where that is still large enough
        image.draft("RGB", (max(1, round(size[0] * share)), max(1, round(size[1] * share))))
    elif kind == "JPEG2000":
        times = _halvings(data, size)
        image.reduce = times  # type: ignore[method-assign,assignment]
        check_size(size, min(LIMITS.jpeg2000_megapixels * 4**times, LIMITS.image_megapixels),
                   shown)
    else:
        check_size(size, {"WEBP": LIMITS.webp_megapixels, "AVIF": LIMITS.avif_megapixels}.get(
            kind, LIMITS.image_megapixels), shown)
    return image


def _load(image: ImageFile.ImageFile, data: bytes, kind: str) -> None:
    """Decode it now."""
    image.load()
    if isinstance(image.info.get("transparency"), tuple) and kind == "PNG" \
            and data[24:25] == b"\x10":
        # a 16-bit colour, to be compared with the upper halves that Pillow gives
        image.info["transparency"] = tuple(value >> 8 for value in image.info["transparency"])


def _check_passes(data: bytes, shown: str) -> None:
    scans = data.count(b"\xff\xda")
    if scans > LIMITS.jpeg_scans:
        raise ImageError(f"{shown} is a JPEG in {scans} passes; at most {LIMITS.jpeg_scans}.",
                         "Save it again.")


def _check_progressive(image: Image.Image, data: bytes, shown: str) -> None:
    progressive = bool(image.info.get("progressive"))
    check_size(image.size, LIMITS.progressive_jpeg_megapixels if progressive
               else LIMITS.jpeg_megapixels, shown)
    scans = data.count(b"\xff\xda") if progressive else 0
    if scans * image.width * image.height / 1e6 > _SCAN_MEGAPIXELS:
        raise ImageError(f"{shown} is a JPEG that takes too long to decode.",
                         "Save it again, not progressive.")


def _halvings(data: bytes, size: tuple[int, int]) -> int:
    """How often a JPEG 2000 can be halved while it is decoded: it holds smaller
    pictures, and its COD marker says how many (ISO 15444-1, A.6.1)."""
    at = data.find(b"\xff\x52")
    held = data[at + 9] if 0 <= at < len(data) - 9 else 0
    for times in range(min(held, 8), 0, -1):
        # Pillow and OpenJPEG round in different ways, which ends in an error
        alike = all((side + (1 << times) // 2) >> times == -(-side >> times) for side in size)
        if alike and max(size) >> times >= 2 * LIMITS.stored_side:
            return times
    return 0


def _rawmode(image: ImageFile.ImageFile) -> str:
    """How Pillow's decoder is told to read the values, as "RGB;16B"; "" where there is
    no such word."""
    args = image.tile[0].args if image.tile else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _white_is_zero(image: ImageFile.ImageFile) -> bool:
    tags = getattr(image, "tag_v2", {})
    return tags.get(262) == 0  # PhotometricInterpretation, which Pillow heeds for 8 bits


def _register_heif() -> None:
    import pi_heif

    # its thumbnails, depth maps and other attachments stay closed
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False,
                                 decode_threads=1)
