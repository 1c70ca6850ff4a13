"""A seeded corpus of hostile and odd pictures and archives, of the kinds that were seen
to hurt such programs."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "HSV", "LAB")
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "MPO", "PPM", "TGA", "ICO", "PCX", "SGI",
           "DDS", "JPEG2000")


def picture(mode: str = "RGB", size: tuple[int, int] = (40, 30), seed: int = 0) -> Image.Image:
    """A picture with structure in any of Pillow's modes."""
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    grey = ((rows * 5 + columns * 3 + seed * 37) % 256).astype(np.uint8)
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 257)
    if mode in ("I", "F"):
        return Image.fromarray(grey.astype(np.int32 if mode == "I" else np.float32))
    colour = Image.fromarray(np.stack([grey, grey[::-1], 255 - grey], axis=-1))
    if mode == "LAB":
        return Image.merge("LAB", colour.split())
    return colour.convert(mode)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    """The picture's file in a format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims any size."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (struct.pack(">I", len(data)) + kind + data
                + struct.pack(">I", zlib.crc32(kind + data)))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def pictures(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of some 300 pictures: every format and mode, then cut, flipped and
    spliced at random."""
    generator = random.Random(seed)
    sound: list[tuple[str, bytes]] = []
    for kind in FORMATS:
        for mode in MODES:
            try:
                name = f"{kind}-{mode.replace(';', '')}.{kind.lower()}"
                sound.append((name, encoded(picture(mode), kind)))
            except (OSError, KeyError, ValueError):
                continue  # not every format has every mode
    yield from sound
    yield from (("empty.jpg", b""), ("text.jpg", b"I am no picture"), ("zeros.png", b"\0" * 5000),
                ("huge.png", png_claiming(20_000, 20_000)), ("wide.png", png_claiming(40_000, 1)),
                ("nothing.png", png_claiming(0, 0)),
                ("heic.jpg", b"\0\0\0\x18ftypheic" + b"\0" * 100),
                ("avif.jpg", b"\0\0\0\x18ftypavif" + b"\0" * 100),
                ("scans.jpg", encoded(picture(), "JPEG", progressive=True) + b"\xff\xda" * 101),
                ("svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("gif.jpg", b"GIF89a"),
                ("bm.bmp", b"BM"))
    for number in range(200):
        name, data = generator.choice(sound)
        broken = bytearray(data)
        how = number % 4
        if how == 0:
            broken = broken[: generator.randrange(1, len(broken))]
        elif how == 1:
            for _ in range(generator.randrange(1, 30)):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
        elif how == 2:
            at = generator.randrange(len(broken))
            broken[at:at] = generator.randbytes(generator.randrange(1, 200))
        else:
            other = generator.choice(sound)[1]
            broken = broken[: len(broken) // 2] + bytearray(other[len(other) // 2 :])
        yield f"broken-{number}-{name}", bytes(broken)


def archive(entries: list[tuple[str, bytes]], **options) -> bytes:
    """A ZIP archive with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **{"compression": zipfile.ZIP_DEFLATED, **options}) as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name) if options.get("raw") else name, data)
    return buffer.getvalue()


def claiming(data: bytes, size: int) -> bytes:
    """The archive with every entry's unpacked size overwritten in the central
    directory."""
    result, at = bytearray(data), 0
    while (at := result.find(b"PK\x01\x02", at)) >= 0:
        result[at + 24 : at + 28] = struct.pack("<I", size)
        at += 4
    return bytes(result)


def overlapping() -> bytes:
    """Many central entries that all point at one local entry (the idea of the overlap
    bomb)."""
    data = archive([(f"a/{number}.png", b"x" * 50_000) for number in range(20)])
    result, at, first = bytearray(data), 0, None
    while (at := result.find(b"PK\x01\x02", at)) >= 0:
        first = result[at + 42 : at + 46] if first is None else first
        result[at + 42 : at + 46] = first
        at += 4
    return bytes(result)


def broken_archives(seed: int = 0) -> Iterator[bytes]:
    """100 archives cut, flipped and spliced at random."""
    generator = random.Random(seed)
    base = archive([(f"{name}/{number}.png", encoded(picture(seed=number), "PNG")) for name in "ab"
                    for number in range(3)])
    for number in range(100):
        broken = bytearray(base)
        if number % 2:
            for _ in range(generator.randrange(1, 20)):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
        else:
            broken = broken[: generator.randrange(len(broken))]
        yield bytes(broken)
