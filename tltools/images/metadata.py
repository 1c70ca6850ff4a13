"""What is cut out of a JPEG before a decoder sees it.

Owns the walk over a JPEG's segments. Kept are the pixels, the first Exif block (it may
say how the camera was held) and the colour profile. Everything else is of no use here
and costs: Pillow joins Exif segments one by one, so that 24 MB of tiny ones took 360 s
of processor time, and takes a file with a directory of further pictures for another
format.
"""

from tltools.errors import ImageError

MOST_SEGMENTS = 2_000
"""Pieces before the pixels; a picture full of depth maps and notes has some 400."""
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_EXIF, _PROFILE, _ADOBE, _JFIF = 0xE1, 0xE2, 0xEE, 0xE0


def bare_jpeg(data: bytes, shown: str) -> bytes:
    """The JPEG file with nothing but pixels, the first Exif block and the colour
    profile. A damaged one comes back as far as it was understood. Raises `ImageError`
    naming the file where there are too many pieces."""
    kept, at, exif = [data[:2]], 2, False
    for _ in range(MOST_SEGMENTS):
        if at + 4 > len(data) or data[at] != 0xFF:
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
    return b"".join((*kept, data[at:]))


def _useful(marker: int, content: bytes, exif_seen: bool) -> bool:
    if marker == _EXIF:
        return not exif_seen and content.startswith(b"Exif\0\0")
    if marker == _PROFILE:
        return content.startswith(b"ICC_PROFILE\0")
    if marker == _COMMENT:
        return False
    # the rest of the application segments belong to programs; tables are no such
    return marker in (_ADOBE, _JFIF) or not 0xE0 <= marker <= 0xEF
