"""Files in numbered portions: on disk once each, whatever is sent twice, out of order
or over the limits; two thousand in a real browser, with the page answering meanwhile.
"""

import base64
import hashlib
import json
import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tltools.settings import Home
from tltools.ui.common import portions
from tltools.ui.common.portions import Arrived, take

LIMITS = {".jpg": 100, "": 10, ".zip": 1_000}


def message(number: int, *pieces: tuple, last: bool = False, **more) -> dict:
    """A portion as the browser sends it; pieces: (file, name, size, start, bytes)."""
    return {
        "upload": "u", "number": number, "last": last,
        "pieces": [{"file": file, "name": name, "size": size, "start": start,
                    "length": len(data)} for file, name, size, start, data in pieces],
        "data": base64.b64encode(b"".join(piece[-1] for piece in pieces)).decode(), **more
    }


@pytest.fixture
def place(tmp_path):
    return tmp_path / "uploads" / "u"


def digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def contents(place) -> dict[str, bytes]:
    """The bytes of each file that has arrived, by the name that it has outside."""
    return {item["name"]: Path(item["path"]).read_bytes() for item in portions.kept(place)}


def test_files_arrive_whole_over_several_portions(place):
    now = Arrived("u")
    take(place, now, message(1, (0, "a/b.jpg", 5, 0, b"abcde"), (1, "c.zip", 6, 0, b"xyz")), LIMITS)
    assert (now.acknowledged, now.files, now.complete) == (1, 1, False)
    assert contents(place) == {"a/b.jpg": b"abcde"}, "a half file is none"
    missed = [{"name": "d.exe", "reason": "it is no picture"}]
    take(place, now, message(2, (1, "c.zip", 6, 3, b"uvw"), last=True, left_out=missed), LIMITS)
    assert (now.acknowledged, now.files, now.bytes, now.complete) == (2, 2, 11, True)
    assert contents(place) == {"a/b.jpg": b"abcde", "c.zip": b"xyzuvw"}
    assert portions.left_out(place) == [{"file": "d.exe", "reason": "it is no picture"}]


def test_what_comes_twice_counts_once(place):
    now = Arrived("u")
    first = message(1, (0, "a.jpg", 5, 0, b"abcde"))
    for item in (first, first, message(3, (1, "b.jpg", 1, 0, b"b")), message(2), first):
        take(place, now, item, LIMITS)
    take(place, now, {**message(3, (1, "b.jpg", 1, 0, b"b")), "upload": "another"}, LIMITS)
    assert (now.acknowledged, now.files) == (2, 1), "the third came before the second"
    assert [item["name"] for item in portions.kept(place)] == ["a.jpg"]


def test_names_never_become_paths(place):
    now = Arrived("u")
    names = ["../../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "a\x00b.jpg", "ä" * 500 + ".jpg"]
    take(place, now, message(1, *((number, name, 1, 0, b"x") for number, name in enumerate(names)),
                             last=True), LIMITS)
    assert sorted(path.name for path in place.iterdir()) == ["0", "1", "2", "3", "4", "names.jsonl"]
    assert [item["name"] for item in portions.kept(place)] == names


@pytest.mark.parametrize("wrong", [
    message(1, (0, "a.jpg", 101, 0, b"x")),  # larger than this ending may be
    message(1, (0, "a.exe", 1, 0, b"x")),
    message(1, (0, "a.jpg", 5, 4, b"xy")),  # beyond its own end
    message(1, (0, "a.jpg", 5, 3, b"xy")),  # its beginning is not here
    message(1, (-1, "a.jpg", 1, 0, b"x")), message(1, (60_000, "a.jpg", 1, 0, b"x")),
    {**message(1, (0, "a.jpg", 2, 0, b"xy")), "data": "eA=="},  # fewer bytes than it says
    {**message(1, (0, "a.jpg", 2, 0, b"xy")), "data": "no base64"},
    {**message(1), "pieces": "x"}, {**message(1), "pieces": [None]}, {"upload": "u", "number": 1},
])
def test_what_no_browser_of_ours_sends_is_refused(place, wrong):
    now = Arrived("u")
    with pytest.raises(portions._Refused):
        take(place, now, wrong, LIMITS)
    assert (now.acknowledged, now.complete) == (0, False)
    assert portions.kept(place) == []


@pytest.mark.parametrize("nothing", [None, "x", [], {"upload": "other"}])
def test_no_message_changes_nothing(place, nothing):
    now = Arrived("u")
    take(place, now, nothing, LIMITS)
    assert now == Arrived("u")
    assert not place.exists()


def test_there_is_an_end_to_how_much_may_come(place, monkeypatch):
    monkeypatch.setattr(portions, "MOST_BYTES", 9)
    now = Arrived("u")
    take(place, now, message(1, (0, "a.jpg", 5, 0, b"abcde")), LIMITS)
    with pytest.raises(portions._Refused, match="Choose a smaller folder"):
        take(place, now, message(2, (1, "b.jpg", 5, 0, b"abcde")), LIMITS)


def test_leftovers_of_closed_tabs_go_after_a_day(place):
    old, young = place.with_name("old"), place.with_name("young")
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "0").write_bytes(b"x")
    long_ago = time.time() - portions.KEPT_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    take(place, Arrived("u"), message(1, (0, "a.jpg", 1, 0, b"x")), LIMITS)
    assert sorted(path.name for path in place.parent.iterdir()) == ["u", "young"]


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_two_thousand_files_arrive_once_and_the_page_answers(home: Home, tmp_path):
    """A folder of 2,000 files (3 to 5 kB) in Chromium. Meanwhile another page is
    visited, which answers; then the upload goes on where it was."""
    from tests.browser import app, browser

    chance = random.Random(1)
    for number in range(2_000):
        path = tmp_path / "pets" / f"class {number % 4}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(3_000 + number))
    (tmp_path / "pets" / "notes.docx").write_bytes(b"x")
    with app(home.path) as address, browser() as page:
        page.goto(f"{address}/data")
        page.get_by_role("radio", name="Folder, archive or many files").click()
        page.get_by_role("button", name="Choose a folder").wait_for()
        page.locator("input[type=file][webkitdirectory]").set_input_files(tmp_path / "pets")
        page.get_by_text("of 2,000 files").wait_for()
        page.get_by_role("link", name="Glossary").click()
        page.get_by_role("heading", name="What the words mean").wait_for()
        (before,) = home.workspace().uploads.iterdir()
        assert len(portions.kept(before)) < 2_000, "the visit came in the middle"
        page.get_by_role("link", name="Data").first.click()
        # files that are no pictures: what is tried is that they arrive
        page.get_by_text("This is how I read your folders").wait_for(timeout=120_000)
    (upload,) = home.workspace().uploads.iterdir()
    kept = portions.kept(upload)
    assert len(kept) == 2_000
    assert {item["name"]: digest(Path(item["path"])) for item in kept} == {
        path.relative_to(tmp_path).as_posix(): digest(path)
        for path in (tmp_path / "pets").rglob("*.jpg")
    }
    assert [item["file"] for item in portions.left_out(upload)] == ["pets/notes.docx"]
    answer = json.loads((upload / "answer.json").read_text())
    assert [item["unassigned"] for item in answer["classes"]] == [500] * 4
