"""What a file holds beside its pixels: cut away or bounded before a decoder sees it.

Owns the walks over the pieces of a JPEG and a PNG, the bound on those of a GIF, and
which JPEG needs no other encoding. Of a JPEG are kept the pixels, the first Exif block
(it may say how the camera was held) and the colour profile. Everything else is of no
use here and costs: Pillow joins Exif segments one by one, so that 24 MB of tiny ones
took 360 s of processor time, and takes a file with a directory of further pictures for
another format.
"""

import re

from tltools.errors import ImageError

MOST_SEGMENTS = 2_000
"""Pieces before the pixels; a picture full of depth maps and notes has some 400."""
MOST_CHUNKS = 20_000
"""Pieces of a PNG, or blocks of notes in a GIF. Pixels come in pieces of 8 kB at the
least, which makes some 3,000; with two million tiny ones a PNG took over 10 s."""
_ALONE = {0x00, 0x01, *range(0xD0, 0xD8)}  # markers without a length
_PNG_KEPT = {b"tRNS", b"eXIf", b"iCCP", b"sBIT"}
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_EXIF, _PROFILE, _ADOBE, _JFIF = 0xE1, 0xE2, 0xEE, 0xE0
_BASELINE, _TABLES = 0xC0, {0xC4, 0xDB, 0xDD}  # frame; Huffman, quantization, restarts
_PIXELS_END = re.compile(rb"\xff[^\x00\xd0-\xd7]", re.DOTALL)
_PLAIN_JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"  # no resolution, no small picture
_ADOBE_BYTES = 16  # with marker and length
_MOST_TABLES = 20


def bare_jpeg(data: bytes, shown: str) -> bytes:
    """The JPEG file with nothing but pixels, the first Exif block and the colour
    profile. A damaged one comes back as far as it was understood. Raises `ImageError`
    naming the file where there are too many pieces."""
    kept, at, exif = [data[:2]], 2, False
    for _ in range(MOST_SEGMENTS):
        at = data.find(b"\xff", at)  # decoders pass over what stands between
        if at < 0 or at + 4 > len(data):
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:  # a filling byte, or a marker alone
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (_SCAN, _END):
            break
        length = int.from_bytes(data[at + 2:at + 4], "big")
        segment = data[at:at + 2 + length]
        if _useful(marker, segment[4:], exif):
            kept.append(segment)
            exif = exif or marker == _EXIF
        at += 2 + max(length, 2)
    else:
        raise ImageError(f"{shown} is a JPEG with over {MOST_SEGMENTS:,} pieces of metadata.",
                         "Save it again.")
    return b"".join((*kept, data[at:] if at >= 0 else b""))


def pixels_only(data: bytes) -> bytes | None:
    """A plain JPEG file without a byte that is not needed for its pixels; None for one
    that has to be encoded anew.

    Plain is a baseline picture in one pass (ITU-T T.81, B.2) that ends where its pixels
    end. What follows the end (phones put films there) is cut away. Whether the pixels
    can be decoded is another question.
    """
    kept, at, frame = [data[:2]], 2, False
    for _ in range(_MOST_TABLES):
        marker, length = data[at + 1:at + 2], int.from_bytes(data[at + 2:at + 4], "big")
        if data[at:at + 1] != b"\xff" or not marker or length < 2:
            return None
        segment, at = data[at:at + 2 + length], at + 2 + length
        if marker[0] == _SCAN:
            end = _PIXELS_END.search(data, at)
            if not frame or not end or end.group()[1] != _END:
                return None
            return b"".join((*kept, segment, data[at:end.end()]))
        if marker[0] in (_BASELINE, *_TABLES):
            frame = frame or marker[0] == _BASELINE
            kept.append(segment)
        elif segment[4:9] in (b"JFIF\0", b"Adobe"):  # they say which colours the numbers are
            if marker[0] == _ADOBE and len(segment) != _ADOBE_BYTES:
                return None
            kept.append(_PLAIN_JFIF if marker[0] == _JFIF else segment)
        elif not 0xE0 <= marker[0] <= 0xEF and marker[0] != _COMMENT:
            return None
    return None


def bare_png(data: bytes, shown: str) -> bytes:
    """The PNG file without texts and private chunks; what follows a damaged chunk
    stays. Raises `ImageError` naming the file where there are too many chunks.

    Pillow refuses a picture whose text is over a megabyte.
    """
    kept, at = [data[:8]], 8
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        end = at + 12 + int.from_bytes(data[at:at + 4], "big")
        kind = data[at + 4:at + 8]
        if kind[:1].isupper() or kind in _PNG_KEPT:  # a capital letter: it is critical
            kept.append(data[at:end])
        at = end
    else:
        raise ImageError(f"{shown} is a PNG in over {MOST_CHUNKS:,} pieces.", "Save it again.")
    return b"".join((*kept, data[at:]))


def check_gif(data: bytes, shown: str) -> None:
    """Raise `ImageError` naming the file for a GIF with far too many notes."""
    if data.count(b"\x21\xfe") + data.count(b"\x21\xff") > MOST_CHUNKS:
        raise ImageError(f"{shown} is a GIF with over {MOST_CHUNKS:,} notes.", "Save it again.")


def _useful(marker: int, content: bytes, exif_seen: bool) -> bool:
    if marker == _EXIF:
        return not exif_seen and content.startswith(b"Exif\0\0")
    if marker == _PROFILE:
        return content.startswith(b"ICC_PROFILE\0")
    if marker == _COMMENT:
        return False
    # the rest of the application segments belong to programs; tables are no such
    return marker in (_ADOBE, _JFIF) or not 0xE0 <= marker <= 0xEF
