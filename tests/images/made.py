"""Files that Pillow does not write: 16-bit colours, odd TIFFs, DICOM, and hostile
variants of the newer formats.

`heic/*.heic` were made with pillow-heif 1.8 (which can write HEIC and is not needed
here) from `quarters()` and from a grey ramp: `turned-N` with EXIF orientation N, a GPS
block, a description "home: 52.5N 13.4E" and XMP; `clear` with a transparent left half;
`bits-10` and `bits-12` with that many bits.
"""

import io
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from tests import corpus

HEIC = Path(__file__).parent / "heic"
RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 180, 60), (40, 60, 190), (230, 220, 70)


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Red and green above blue and yellow."""
    image = Image.new("RGB", (width, height), YELLOW)
    half = (width // 2, height // 2)
    image.paste(RED, (0, 0, *half))
    image.paste(GREEN, (half[0], 0, width, half[1]))
    image.paste(BLUE, (0, half[1], half[0], height))
    return image


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """The colours near the four corners: above left and right, below left and right."""
    return [tuple(int(value) for value in pixels[row, column])
            for row in (4, -5) for column in (4, -5)]


def heic(name: str) -> bytes:
    """One of the HEIC files."""
    return (HEIC / f"{name}.heic").read_bytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deep_png(values: np.ndarray, more: bytes = b"") -> bytes:
    """A 16-bit PNG of uint16 values (height, width, 1 to 4 channels). more: chunks
    before the pixels."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def deep_tiff(values: np.ndarray, *, order: str = "<", photometric: int | None = None,
              kind: int = 1, deflated: bool = False) -> bytes:
    """A TIFF of 2- or 4-byte values (height, width) or (height, width, 3). kind: 1
    unsigned, 2 signed, 3 float."""
    channels = values.shape[2] if values.ndim == 3 else 1
    pixels = values.astype(values.dtype.newbyteorder(order)).tobytes()
    pixels = zlib.compress(pixels) if deflated else pixels
    bits, entries, at = values.dtype.itemsize * 8, [], 8 + len(pixels) + len(pixels) % 2
    meaning = photometric if photometric is not None else 2 if channels == 3 else 1
    for tag, value in ((256, values.shape[1]), (257, values.shape[0]),
                       (258, at if channels == 3 else bits), (259, 8 if deflated else 1),
                       (262, meaning), (273, 8), (277, channels), (278, values.shape[0]),
                       (279, len(pixels)), (339, kind)):
        long = tag in (273, 279) or (tag == 258 and channels == 3)
        count = channels if tag == 258 else 1
        packed = struct.pack(order + "I", value) if long \
            else struct.pack(order + "HH", value, 0)
        entries.append(struct.pack(order + "HHI", tag, 4 if tag in (273, 279) else 3, count)
                       + packed)
    lengths = struct.pack(order + "3H", bits, bits, bits) + b"\0\0"
    return (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at + len(lengths)) \
        + pixels + b"\0" * (len(pixels) % 2) + lengths \
        + struct.pack(order + "H", len(entries)) + b"".join(entries) + b"\0" * 4


def dicom(values: np.ndarray, photometric: str = "MONOCHROME2", **more) -> bytes:
    """A DICOM file of uint8, uint16 or int16 values (height, width) or (height, width,
    3), with a patient's name. more: further elements by their keyword."""
    import pydicom
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    facts = Dataset()
    facts.PatientName, facts.PatientID, facts.StudyDate = "Muster^Erika", "4711", "20260101"
    facts.Rows, facts.Columns = values.shape[:2]
    facts.SamplesPerPixel = values.shape[2] if values.ndim == 3 else 1
    if values.ndim == 3:
        facts.PlanarConfiguration = 0
    facts.PhotometricInterpretation = photometric
    facts.BitsAllocated = facts.BitsStored = values.dtype.itemsize * 8
    facts.HighBit = facts.BitsStored - 1
    facts.PixelRepresentation = int(values.dtype.kind == "i")
    facts.PixelData = values.tobytes()
    for name, value in more.items():
        setattr(facts, name, value)
    buffer = io.BytesIO()
    FileDataset(buffer, facts, file_meta=meta, preamble=b"\0" * 128).save_as(
        buffer, enforce_file_format=True)
    return buffer.getvalue()


def wide_gamut() -> bytes:
    """An ICC profile with the colours of Adobe RGB: wider than sRGB, gamma 2.2."""
    def s15(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(s15(value) for value in values)

    text = b"wide colours\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.19921875 * 256)) + b"\0\0"
    parts = {  # primaries adapted to D50, Adobe RGB (1998), section 4.3.5.3
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78,
        b"wtpt": xyz(0.9642, 1.0, 0.8249), b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087), b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body, at = b"", b"", 128 + 4 + 12 * len(parts)
    for name, part in parts.items():
        part += b"\0" * (-len(part) % 4)
        table += name + struct.pack(">II", at + len(body), len(part))
        body += part
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ",
                       b"XYZ ") + b"\0" * 12 + b"acsp" + b"\0" * 28 \
        + s15(0.9642) + s15(1.0) + s15(0.8249) + b"\0" * 48
    return head + struct.pack(">I", len(parts)) + table + body


def grey_profile() -> bytes:
    """An ICC profile of something that is no RGB picture."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG with these segments (marker, content) before its own."""
    data = corpus.encoded(quarters(), "JPEG", quality=95)
    return data[:2] + b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2)
                               + content for marker, content in segments) + data[2:]


def slow() -> bytes:
    """A TIFF within every limit whose tags all point at the same five million bytes:
    its opening takes over a second of processor time."""
    own = [(256, 3, 1, 64), (257, 3, 1, 64), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
           (273, 4, 1, 100), (277, 3, 1, 1), (278, 3, 1, 64), (279, 4, 1, 4096)]
    tags = own + [(1000 + number, 1, 2_000_000, 8) for number in range(60_000)]
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) \
        + b"".join(struct.pack("<HHII", *tag) for tag in tags) + b"\0\0\0\0" + b"\1" * 5_000_000


def _absurd(sound: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Headers that claim sizes which nothing holds, and boxes that end nowhere."""
    for kind in ("avif", "heic"):
        data = sound[f"sound.{kind}"]
        at = data.find(b"ispe") + 8
        for size in ((60_000, 60_000), (29_999, 29_999), (0, 0), (1, 2**31 - 1)):
            yield f"claims-{size[0]}-{size[1]}.{kind}", \
                data[:at] + struct.pack(">II", *size) + data[at + 8:]
        for box in (b"meta", b"iloc", b"iprp", b"mdat", b"ipma", b"iinf"):
            at = data.find(box) - 4
            for length in (0, 1, 7, 2**32 - 1):
                yield f"{box.decode()}-{length}.{kind}", \
                    data[:at] + struct.pack(">I", length) + data[at + 4:]
    jp2 = sound["sound.jp2"]
    sizes = ((2**31, 1), (30_000, 30_000), (0, 0), (5_000, 5_000))
    for number, (width, height) in enumerate(sizes):
        at, data = jp2.find(b"\xff\x51") + 6, bytearray(jp2)
        data[at:at + 8] = struct.pack(">II", width, height)
        at = jp2.find(b"ihdr") + 4
        data[at:at + 8] = struct.pack(">II", height, width)
        yield f"claims-{number}.jp2", bytes(data)
    for number, (rows, columns) in enumerate(((65_535, 65_535), (0, 0), (4_000, 5_000))):
        yield f"claims-{number}.dcm", dicom(np.zeros((4, 4), np.uint16), Rows=rows, Columns=columns)


def _overfull() -> Iterator[tuple[str, bytes]]:
    """Far too many notes, deep or damaged metadata, profiles of nothing."""
    yield "tiny-exif.jpg", jpeg_with(*[(0xE1, b"Exif\0\0ab")] * 300_000)
    yield "tiny-comments.jpg", jpeg_with(*[(0xFE, b"a")] * 300_000)
    png, gif = corpus.encoded(quarters(), "PNG"), corpus.encoded(quarters().convert("P"), "GIF")
    yield "chunks.png", png[:33] + chunk(b"abCd", b"") * 300_000 + png[33:]
    yield "texts.png", png[:33] + chunk(b"tEXt", b"a\0b") * 300_000 + png[33:]
    yield "long-text.png", png[:33] + chunk(b"tEXt", b"Comment\0" + b"a" * 900_000) + png[33:]
    head = 13 + 3 * (2 << (gif[10] & 7))
    yield "comments.gif", gif[:head] + b"\x21\xfe\x01a\0" * 300_000 + gif[head:]
    yield "long-comment.gif", gif[:head] + b"\x21\xfe" + (b"\xff" + b"a" * 255) * 400 + b"\0" \
        + gif[head:]
    yield "slow.tif", slow()
    around = struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + b"\x08\0\0\0"
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        yield f"exif-in-circles.{kind.lower()}", corpus.encoded(
            quarters(), kind, exif=b"Exif\0\0II*\0\x08\0\0\0" + around)
        for number, profile in enumerate((b"", b"no profile", wide_gamut()[:200], grey_profile(),
                                          b"\xff" * 50_000)):
            yield f"profile-{number}.{kind.lower()}", corpus.encoded(quarters(), kind,
                                                                    icc_profile=profile)


def hostile(seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of some 300 pictures for the newer decoders: sound ones, absurd
    ones, and sound ones cut, flipped and spliced at random."""
    ramp = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)
    sound = {"sound.avif": corpus.encoded(quarters(), "AVIF"),
             "sound.heic": heic("colours"), "clear.heic": heic("clear"),
             "bits.heic": heic("bits-12"), "turned.heic": heic("turned-6"),
             "sound.jp2": corpus.encoded(quarters(), "JPEG2000"),
             "sound.j2k": corpus.encoded(quarters(), "JPEG2000", no_jp2=True),
             "deep.jp2": corpus.encoded(Image.fromarray(ramp), "JPEG2000"),
             "deep.png": deep_png(np.dstack([ramp] * 3)), "deep.tif": deep_tiff(ramp),
             "grey.dcm": dicom(ramp), "colour.dcm": dicom(np.asarray(quarters()), "RGB")}
    yield from sound.items()
    yield from _absurd(sound)
    yield from _overfull()
    generator = random.Random(seed)
    for number, (name, data) in enumerate(list(sound.items()) * 15):
        broken = bytearray(data)
        if number % 3 == 0:
            broken = broken[:generator.randrange(1, len(broken))]
        elif number % 3 == 1:
            for _ in range(generator.randrange(1, 30)):
                broken[generator.randrange(len(broken))] = generator.randrange(256)
        else:
            at = generator.randrange(len(broken))
            broken[at:at] = generator.randbytes(generator.randrange(1, 200))
        yield f"broken-{number}-{name}", bytes(broken)
