"""A short video into pictures: evenly over the whole of it, in stored form.

Owns which pictures of a video are taken and its limits. What a file is, `formats` says
by its bytes. OpenCV is imported only where a video is decoded, and that is a child
process of `decoders`: a demuxer reads more from a hostile file than any picture's
decoder. Leaves which class and group the pictures belong to, to `datasets`.
"""

import contextlib
import math
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from tltools.errors import ImageError
from tltools.images.door import read_file
from tltools.images.formats import check_size, kind_of_video, shown_name
from tltools.images.stored import StoredImage, encoded
from tltools.settings import LIMITS

VIDEO_EXTENSIONS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
"""Names that look like a video; only for choosing what to try, never trusted."""
Moment = tuple[float, StoredImage]
_STEP = 0.5  # seconds from picture to picture, at least
_SHARE = 2 / 3  # of the processor time, after which it ends with what it has
_MOST_FAILURES = 20  # one after the other: a damaged place is passed over, an end is not
_MOST_BETWEEN = 60  # frames from picture to picture that are decoded and passed over
_RATE = 25.0  # frames a second of a video that does not say it
# a playlist must not open other files or addresses, whatever the file is called
_OPTIONS = "protocol_whitelist;file|format_whitelist;mov,mp4,matroska,webm,avi"


def moment(seconds: float) -> str:
    """A time in a video for people, 63.46 as "1:03.5"."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def read_file_or_video(path: Path, name: str | None = None) -> bytes:
    """As `door.read_file`; a file that begins like a video may be larger than a
    picture. Raises `ImageError`."""
    shown = shown_name(name or Path(path).name)
    with contextlib.suppress(OSError):
        facts = os.stat(path)
        if stat.S_ISREG(facts.st_mode) and facts.st_size > LIMITS.image_bytes:
            with open(path, "rb") as file:
                video = kind_of_video(file.read(200))
            if video:
                check_bytes(facts.st_size, shown)
                return Path(path).read_bytes()
    return read_file(path, name)


def check_bytes(size: int, shown: str) -> None:
    """Raise `ImageError` for a video of too many bytes."""
    if size > LIMITS.video_bytes:
        raise ImageError(f"{shown} has {size / 1e6:.0f} MB; at most "
                         f"{LIMITS.video_bytes / 1e6:.0f} MB.", "Cut it shorter.")


@contextlib.contextmanager
def on_disk(data: bytes, folder: Path | None = None) -> Iterator[Path]:
    """A file with these bytes, for a child; it goes whatever happens. folder: where;
    None: the system's for such files."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix="video-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        yield path
    finally:
        path.unlink(missing_ok=True)


def frames(path: Path, name: str, *, first: bool = False) -> list[Moment]:
    """(seconds, picture) of a video: two a second, over the whole of a longer one at
    most `LIMITS.video_frames`; the same picture once. For a child process only.

    first: no more than one, from its beginning. A damaged video gives the pictures that
    can be read; one that takes too long, those until then. Raises `ImageError` naming
    the file where there are none, or where it is over a limit.
    """
    shown = shown_name(name)
    with open(path, "rb") as file:
        video = kind_of_video(file.read(200))
    kept = _decoded(path, shown, first, seek=True) if video else []
    if video and len(kept) < 2 and not first:  # it may have no index to seek by
        kept = _decoded(path, shown, first, seek=False) or kept
    if not kept:
        raise ImageError(f"{shown} is a video of which no picture could be read.",
                         "Save it again as MP4 (H.264).")
    once: dict[bytes, Moment] = {}
    for seconds, picture in kept:
        once.setdefault(picture.data, (seconds, picture))
    return list(once.values())


def _opened(path: Path) -> Any:
    """OpenCV's reader; it is not open where the file is no video that FFmpeg reads."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = _OPTIONS
    import cv2

    cv2.setNumThreads(1)  # videos are decoded beside each other
    return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG,
                            [cv2.CAP_PROP_N_THREADS, 1, cv2.CAP_PROP_HW_ACCELERATION,
                             cv2.VIDEO_ACCELERATION_NONE])


def _decoded(path: Path, shown: str, first: bool, seek: bool) -> list[Moment]:
    capture = _opened(path)
    try:
        return _taken(capture, shown, first, seek) if capture.isOpened() else []
    finally:
        capture.release()


def _taken(capture: Any, shown: str, first: bool, seek: bool) -> list[Moment]:
    import cv2

    check_size((int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
                int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))), LIMITS.video_megapixels, shown)
    rate = _number(capture.get(cv2.CAP_PROP_FPS)) or _RATE
    length = _number(capture.get(cv2.CAP_PROP_FRAME_COUNT)) / rate
    _check_length(length, shown)
    evenly = _Evenly(LIMITS.video_frames, length)
    until = time.process_time() + _SHARE * LIMITS.video_decode_seconds
    long = seek and not first and evenly.step * rate > _MOST_BETWEEN
    for seconds in _sought(capture, evenly.step) if long else _grabbed(capture, rate):
        _check_length(seconds, shown)
        if evenly.wants(seconds):
            there, pixels = capture.retrieve()  # upright: OpenCV heeds the rotation
            if there:
                evenly.keep(seconds, _stored(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), shown))
        if (first and evenly.kept) or time.process_time() > until:
            break
    return sorted(evenly.kept.values(), key=lambda one: one[0])


def _sought(capture: Any, step: float) -> Iterator[float]:
    """Go to each step of a long video, which costs less than to decode what lies
    between; the time of each picture in seconds. In an order that is even over the
    whole whenever it is ended."""
    import cv2

    for number in sorted(range(LIMITS.video_frames), key=lambda one: f"{one:06b}"[::-1]):
        if capture.set(cv2.CAP_PROP_POS_MSEC, number * step * 1000) and capture.grab():
            said = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if abs(said - number * step) < step:
                yield max(0.0, said)


def _grabbed(capture: Any, rate: float) -> Iterator[float]:
    """Decode frame after frame; the time of each in seconds, always later than that of
    the one before."""
    import cv2

    before, failures = -1 / rate, 0
    while failures < _MOST_FAILURES:
        if not capture.grab():
            failures += 1
            continue
        failures = 0
        said = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # times in a damaged or crafted file stand still, or jump by years
        sound = math.isfinite(said) and before < said <= before + LIMITS.video_seconds
        before = max(0.0, said if sound else before + 1 / rate)
        yield before


class _Evenly:
    """The pictures that are kept, one for each step of time.

    most: of them. length: in seconds, as the file says; 0 where it says nothing. Where
    that was too short, every other picture goes and the steps become twice as long.
    """

    def __init__(self, most: int, length: float) -> None:
        self.kept: dict[int, Moment] = {}
        self.step = max(_STEP, length / most)  # in seconds
        self._most = most
        self._end = 1.05 * length + _STEP  # files are often a little longer than they say

    def wants(self, seconds: float) -> bool:
        """Whether a picture of this time would be kept."""
        if len(self.kept) == self._most and self.step * self._most <= seconds <= self._end:
            return False
        return self._number(seconds) not in self.kept

    def keep(self, seconds: float, picture: StoredImage) -> None:
        """One more."""
        if len(self.kept) == self._most:
            self.step *= 2
            moments, self.kept = list(self.kept.values()), {}
            for earlier in moments:
                self.kept.setdefault(self._number(earlier[0]), earlier)
        self.kept.setdefault(self._number(seconds), (seconds, picture))

    def _number(self, seconds: float) -> int:
        return int((seconds + 0.001) / self.step)


def _stored(pixels: Any, shown: str) -> StoredImage:
    """The stored form of uint8 (height, width, 3), RGB."""
    check_size((pixels.shape[1], pixels.shape[0]), LIMITS.video_megapixels, shown)
    image = Image.fromarray(pixels)
    side = LIMITS.stored_side
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return encoded(image)


def _check_length(seconds: float, shown: str) -> None:
    if seconds > LIMITS.video_seconds + 1:
        raise ImageError(f"{shown} plays longer than {LIMITS.video_seconds / 60:.0f} minutes.",
                         "Cut it into shorter ones.")


def _number(said: float) -> float:
    """What a file says, or 0 where it is no number that can be."""
    return said if math.isfinite(said) and 0 < said < 1e9 else 0.0
