"""A video into pictures: the right ones at the right times, and one sentence for what
is none."""

import dataclasses
import io
import itertools
import re
import sys

import numpy as np
import pytest
from PIL import Image

from tests.images import films
from tltools import images
from tltools.errors import ImageError
from tltools.images import decoders, videos
from tltools.images.decoders import Decoders
from tltools.settings import LIMITS


@pytest.fixture(scope="module")
def pool():
    made_here = Decoders(2)
    yield made_here
    made_here.close()


def asked(pool, tmp_path, data: bytes, name: str, **more) -> list[videos.Moment]:
    path = tmp_path / "video"
    path.write_bytes(data)
    return pool.frames(path, name, **more)


def colour(picture: images.StoredImage) -> tuple[int, ...]:
    """The one of `films.COLOURS` that is nearest to the picture's middle."""
    with Image.open(io.BytesIO(picture.data)) as opened:
        middle = np.array(opened.getpixel((opened.width // 2, opened.height // 4)), int)
    return min(films.COLOURS, key=lambda one: np.abs(middle - one).sum())


@pytest.mark.parametrize("ending", list(films.KINDS))
def test_two_pictures_a_second_of_the_right_colour(pool, tmp_path, ending):
    found = asked(pool, tmp_path, films.film(ending), f"a{ending}")
    assert [seconds for seconds, _ in found] == pytest.approx([n / 2 for n in range(8)], abs=0.06)
    assert [colour(picture) for _, picture in found] == [films.COLOURS[n // 2] for n in range(8)]
    assert {(picture.width, picture.height) for _, picture in found} == {(64, 48)}


def test_a_longer_one_is_thinned_evenly(pool, tmp_path):
    found = asked(pool, tmp_path, films.film(seconds=90.0, rate=4.0), "a.mp4")
    times = [seconds for seconds, _ in found]
    assert len(times) == LIMITS.video_frames
    assert times[-1] > 88
    assert max(np.diff(times)) <= 1.75
    assert min(np.diff(times)) >= 1.25


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".avi"])
def test_in_a_long_one_what_lies_between_is_passed_over(tmp_path, monkeypatch, ending):
    path = tmp_path / "long"
    path.write_bytes(films.film(ending, seconds=150.0, rate=30.0))
    grabbed = []
    real = videos._sought
    monkeypatch.setattr(videos, "_sought", lambda *args: (
        grabbed.append(one) or one for one in real(*args)))
    found = videos.frames(path, "a")
    times = [seconds for seconds, _ in found]
    assert len(times) == len(grabbed) == LIMITS.video_frames
    assert times == pytest.approx([number * 2.5 for number in range(60)], abs=0.1)
    right = [colour(picture) == films.COLOURS[int(seconds) % 4] for seconds, picture in found]
    assert sum(right) >= 58
    clock = itertools.count()
    monkeypatch.setattr(videos.time, "process_time", lambda: next(clock))
    monkeypatch.setattr(videos, "LIMITS", dataclasses.replace(LIMITS, video_decode_seconds=10.5))
    some = [seconds for seconds, _ in videos.frames(path, "a")]
    assert some == pytest.approx([0, 20, 40, 60, 80, 100, 120, 140], abs=0.1), "of the whole"
    monkeypatch.setattr(videos.time, "process_time", lambda: 0.0)
    monkeypatch.setattr(videos, "_sought", lambda *_: iter(()))
    assert len(videos.frames(path, "a")) == 60, "without an index in turn"


def test_one_that_says_no_length_is_thinned_too(pool, tmp_path):
    evenly = videos._Evenly(10, 0.0)
    picture = images.from_array(np.zeros((8, 8, 3), np.uint8))
    for number in range(1_000):
        if evenly.wants(number / 10):
            evenly.keep(number / 10, picture)
    times = [seconds for seconds, _ in evenly.kept.values()]
    assert 5 <= len(times) <= 10
    assert len({round(step, 6) for step in np.diff(times)}) == 1
    assert times[-1] >= 84


def test_one_that_is_a_little_longer_than_it_says_loses_nothing():
    evenly = videos._Evenly(60, 30.0)
    picture = images.from_array(np.zeros((8, 8, 3), np.uint8))
    for number in range(311):
        if evenly.wants(number / 10):
            evenly.keep(number / 10, picture)
    assert len(evenly.kept) == 60


def test_the_same_picture_comes_once_and_the_first_can_be_asked_for(pool, tmp_path):
    assert len(asked(pool, tmp_path, films.film(".avi", still=True), "a.avi")) == 1
    found = asked(pool, tmp_path, films.film(), "a.mp4", first=True)
    assert [(seconds, colour(picture)) for seconds, picture in found] == [(0.0, films.COLOURS[0])]


def test_a_phones_video_stands_upright_and_is_made_small(pool, tmp_path):
    found = asked(pool, tmp_path, films.turned(films.film()), "a.mp4")
    assert {(picture.width, picture.height) for _, picture in found} == {(48, 64)}
    large = asked(pool, tmp_path, films.film(seconds=0.5, size=(1280, 720)), "a.mp4")
    assert (large[0][1].width, large[0][1].height) == (640, 360)
    assert max(Image.open(io.BytesIO(large[0][1].small)).size) == LIMITS.thumbnail_side


def test_a_damaged_middle_costs_its_own_pictures_only(pool, tmp_path):
    data = bytearray(films.film(".avi", seconds=8.0))
    start, end = len(data) * 2 // 5, len(data) * 3 // 5
    data[start:end] = b"\xa5" * (end - start)
    found = asked(pool, tmp_path, bytes(data), "a.avi")
    assert 4 <= len(found) <= 16
    assert found[0][0] == 0.0
    half = asked(pool, tmp_path, films.film(".webm")[:-400], "a.webm")
    assert len(half) >= 2


def test_no_rate_is_no_fault(pool, tmp_path):
    found = asked(pool, tmp_path, films.without_rate(films.film(".avi")), "a.avi")
    assert found
    times = [seconds for seconds, _ in found]
    assert times == sorted(set(times))


def test_every_hostile_one_gives_pictures_or_ends_in_a_line(pool, tmp_path):
    target = tmp_path / "target.mp4"
    target.write_bytes(films.film())
    refused = set()
    for name, data in films.hostile(str(target)):
        try:
            assert asked(pool, tmp_path, data, name)
        except ImageError as error:
            line = str(error)
            assert len(line) <= 140, line
            assert images.shown_name(name) in line
            assert not re.search(r"Traceback|0x[0-9a-f]|/tmp|\n", line)
            refused.add(name)
    assert {"playlist.mp4", "list.mp4", "head.mp4", "ftyp.mp4", "huge.webm", "huge.avi"} <= refused


def test_a_playlist_that_begins_like_a_video_opens_nothing(tmp_path):
    """The demuxer is bound too, whatever our own look at the first bytes says."""
    target, path = tmp_path / "target.mp4", tmp_path / "list.mp4"
    target.write_bytes(films.film())
    path.write_text("ffconcat version 1.0\nfile 'target.mp4'\n")
    assert not videos._opened(path).isOpened()
    assert videos._opened(target).isOpened()
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n")
    assert not videos._opened(path).isOpened()


def test_too_long_too_large_too_slow(tmp_path, monkeypatch):
    path = tmp_path / "a.mp4"
    path.write_bytes(films.film())

    def refusal(**limits) -> str:
        monkeypatch.setattr(videos, "LIMITS", dataclasses.replace(LIMITS, **limits))
        with pytest.raises(ImageError) as caught:
            videos.frames(path, "a.mp4")
        return str(caught.value)

    assert refusal(video_seconds=1.0).startswith("a.mp4 plays longer than")
    assert "megapixels" in refusal(video_megapixels=0.001)
    monkeypatch.setattr(videos, "LIMITS", dataclasses.replace(LIMITS, video_decode_seconds=0.0))
    assert len(videos.frames(path, "a.mp4")) == 1, "what it had by then"


def test_a_child_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(decoders, "LIMITS", dataclasses.replace(LIMITS, video_decode_seconds=0.05))
    pool = Decoders(1)
    try:
        with pytest.raises(ImageError, match=r"a.mp4 takes too long to decode. .*shorter"):
            asked(pool, tmp_path, films.film(), "a.mp4")
        assert not pool._all
    finally:
        pool.close()


def test_large_videos_are_read_and_other_large_files_are_not(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(films.film() + bytes(LIMITS.image_bytes))
    assert len(images.read_file_or_video(path, "a.mp4")) > LIMITS.image_bytes
    path.write_bytes(bytes(LIMITS.image_bytes + 1))
    with pytest.raises(ImageError, match="at most 25 MB"):
        images.read_file_or_video(path, "a.mp4")
    with open(path, "wb") as file:
        file.write(films.film())
        file.truncate(LIMITS.video_bytes + 1)
    with pytest.raises(ImageError, match=r"a.mp4 has 200 MB; at most 200 MB"):
        images.read_file_or_video(path, "a.mp4")


@pytest.mark.parametrize(("seconds", "said"), [(0.0, "0:00.0"), (3.54, "0:03.5"),
                                               (59.96, "1:00.0"), (125.0, "2:05.0")])
def test_a_time_for_people(seconds, said):
    assert images.moment(seconds) == said


def test_the_file_for_a_child_goes_whatever_happens(tmp_path):
    def interrupted():
        with images.on_disk(b"x", tmp_path / "new") as path:
            assert path.read_bytes() == b"x"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list((tmp_path / "new").iterdir()) == []


def test_the_programs_own_process_never_has_opencv():
    import subprocess

    code = ("import sys; from tltools.datasets.sources import tasks; "
            "print('cv2' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False"
