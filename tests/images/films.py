"""Small videos, made here with OpenCV's own encoders, and hostile variants of them."""

import functools
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

COLOURS = ((200, 40, 40), (40, 180, 60), (40, 60, 190), (230, 220, 70))
KINDS = {".mp4": "mp4v", ".mov": "mp4v", ".m4v": "mp4v", ".mkv": "VP80", ".webm": "VP80",
         ".avi": "MJPG"}
"""An encoder of each container by the ending of its name."""


@functools.cache
def film(ending: str = ".mp4", seconds: float = 4.0, rate: float = 10.0,
         size: tuple[int, int] = (64, 48), still: bool = False, seed: int = 0) -> bytes:
    """A video whose colour changes every second (`COLOURS` in turn), with a white bar
    that moves on; no two frames are the same. still: one picture for the whole time."""
    import cv2

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, f"film{ending}"))
        writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*KINDS[ending]),
                                 rate, size)
        assert writer.isOpened()
        for number in range(round(seconds * rate)):
            frame = np.empty((size[1], size[0], 3), np.uint8)
            frame[:] = COLOURS[0 if still else (int(number / rate) + seed) % 4][::-1]
            at = 0 if still else number * 2 % (size[0] // 2)
            frame[-8:, at:at + 8] = 255
            frame[:8, :8] = 0 if still else (number % 16 * 16, number // 16 % 16 * 16, 0)
            writer.write(frame)
        writer.release()
        return Path(path).read_bytes()


def turned(data: bytes) -> bytes:
    """The MP4 with a quarter turn in its track header (as phones write it)."""
    at = data.index(b"tkhd") + 4 + 40
    numbers = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    return data[:at] + b"".join(one.to_bytes(4, "big", signed=True) for one in numbers) \
        + data[at + 36:]


def without_rate(data: bytes) -> bytes:
    """The AVI whose headers give no rate and no number of frames."""
    at, stream = data.index(b"avih") + 8, data.index(b"strh") + 8
    broken = bytearray(data)
    broken[at:at + 4] = broken[at + 16:at + 20] = bytes(4)
    broken[stream + 20:stream + 28], broken[stream + 32:stream + 36] = bytes(8), bytes(4)
    return bytes(broken)


def claiming(data: bytes, side: int) -> bytes:
    """The WebM (VP8) or AVI (Motion JPEG) whose every picture claims any size."""
    vp8, jpeg = side.to_bytes(2, "little") * 2, side.to_bytes(2, "big") * 2
    data = re.sub(rb"(\x9d\x01\x2a)....", lambda found: found[1] + vp8, data, flags=re.DOTALL)
    return re.sub(rb"(\xff\xc0\0\x11\x08)....", lambda found: found[1] + jpeg, data,
                  flags=re.DOTALL)


def hostile(target: str, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of files that begin like a video or are called so. target: the path
    of a sound video, which a playlist must not open."""
    generator = random.Random(seed)
    mp4, webm, avi = film(), film(".webm"), film(".avi")
    yield "playlist.mp4", ("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n"
                           f"{target}\n#EXT-X-ENDLIST\n").encode()
    yield "list.mp4", f"ffconcat version 1.0\nfile '{target}'\n".encode()
    yield "head.mp4", mp4[:32] + generator.randbytes(20_000)
    yield "head.webm", webm[:40] + generator.randbytes(20_000)
    yield "head.avi", avi[:12] + generator.randbytes(20_000)
    yield "ftyp.mp4", b"\0\0\0\x18ftypisom\0\0\0\0mp42mp41"
    yield "huge.webm", claiming(webm, 16_383)
    yield "large.webm", claiming(webm, 9_000)
    yield "huge.avi", claiming(avi, 65_500)
    yield "large.avi", claiming(avi, 9_000)
    yield "sound.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + mp4[28:60]
    yield f"{'long ' * 30}.mp4", mp4[:200]
    for number in range(9):
        name, data = (("mp4", mp4), ("webm", webm), ("avi", avi))[number % 3]
        broken = bytearray(data)
        if number < 3:
            broken = broken[:generator.randrange(13, len(broken))]
        else:
            for _ in range(40):
                broken[generator.randrange(12, len(broken))] = generator.randrange(256)
        yield f"broken-{number}.{name}", bytes(broken)
