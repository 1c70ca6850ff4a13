"""A folder of this machine as a source: odd files are named, nothing in it is changed.
"""

import dataclasses
import os

import pytest

from tests.datasets.helpers import from_folder, image
from tltools.datasets import store
from tltools.datasets.sources import folder
from tltools.errors import DatasetError
from tltools.settings import LIMITS


def test_folder_with_a_pipe_a_link_and_odd_files(home, tmp_path):
    root = tmp_path / "photos"
    for name in ("a", "b"):
        (root / name).mkdir(parents=True)
        for number in range(2):
            (root / name / f"{number}.png").write_bytes(image(number + 5 * (name == "b")))
    os.mkfifo(root / "a" / "pipe.jpg")
    (root / "a" / "link.png").symlink_to(root / "b" / "0.png")
    (root / "a" / "notes.txt").write_text("x")
    result = from_folder(home, root)
    assert result["used"] == 4
    reasons = {item["file"]: item["reason"] for item in result["skipped"]}
    assert "plain file" in reasons["a/pipe.jpg"]
    assert "link" in reasons["a/link.png"]
    assert "notes.txt" in str(reasons)
    with pytest.raises(DatasetError, match="no such folder"):
        from_folder(home, tmp_path / "absent")


def test_nothing_in_the_folder_is_changed_and_hidden_folders_are_passed_by(home, tmp_path):
    root = tmp_path / "photos"
    for number, name in enumerate(("a/1.png", "b/deep/2.png", ".trash/3.png", "@eaDir/4.png",
                                   "c/5.png")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(image(number))
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    result = from_folder(home, root / ".." / "photos")
    assert before == {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    dataset = store.read(home.workspace(), result["dataset"])
    assert dataset.name == "photos"
    assert [item.name for item in dataset.classes] == ["a", "b", "c"]
    assert len(dataset.images) == 3


def test_too_many_files_are_refused_before_any_is_read(home, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "LIMITS", dataclasses.replace(LIMITS, archive_entries=3))
    (tmp_path / "a").mkdir()
    for number in range(4):
        (tmp_path / "a" / f"{number}.png").write_bytes(image(number))
    with pytest.raises(DatasetError, match="more than 3 files"):
        from_folder(home, tmp_path)
    assert store.list_datasets(home.workspace()) == []


def test_names_that_are_no_utf_8_do_not_end_an_import(home, tmp_path):
    """Disks of before write them; one ended a whole import with UnicodeEncodeError."""
    root = os.fsencode(tmp_path / "photos")
    for folder_name, name in ((b"caf\xe9", b"1.png"), (b"tea", b"\xfc.png"), (b"tea", b"2.png")):
        os.makedirs(os.path.join(root, folder_name), exist_ok=True)
        with open(os.path.join(root, folder_name, name), "wb") as file:
            file.write(image(len(folder_name) * 10 + name[0] % 10))
    result = from_folder(home, tmp_path / "photos")
    dataset = store.read(home.workspace(), result["dataset"])
    assert [item.name for item in dataset.classes] == ["café", "tea"]
    assert "tea/ü.png" in [picture.name for picture in dataset.images]
    assert (result["used"], result["skipped"]) == (3, [])


def test_a_folder_that_is_a_link_is_named_not_followed(home, tmp_path):
    for number, name in enumerate(("set/a/1.png", "set/b/1.png", "other/1.png")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(image(number))
    (tmp_path / "set" / "c").symlink_to(tmp_path / "other")
    result = from_folder(home, tmp_path / "set")
    assert result["skipped"] == [{"file": "c", "reason": "It is a link to another place."}]
    assert result["used"] == 2
