"""A folder of this machine as a source: odd files are named, nothing in it is changed.
"""

import dataclasses
import os

import pytest

from tests.datasets.helpers import common, image
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
    result = folder.import_folder(folder=str(root), **common(home))
    assert result["used"] == 4
    reasons = {item["file"]: item["reason"] for item in result["skipped"]}
    assert "plain file" in reasons["a/pipe.jpg"]
    assert "link" in reasons["a/link.png"]
    assert "notes.txt" in str(reasons)
    with pytest.raises(DatasetError, match="no such folder"):
        folder.import_folder(folder=str(tmp_path / "absent"), **common(home))


def test_nothing_in_the_folder_is_changed_and_hidden_folders_are_passed_by(home, tmp_path):
    root = tmp_path / "photos"
    for number, name in enumerate(("a/1.png", "b/deep/2.png", ".trash/3.png", "@eaDir/4.png")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(image(number))
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    result = folder.import_folder(folder=str(root / ".." / "photos"), **common(home))
    assert before == {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    dataset = store.read(home.workspace(), result["dataset"])
    assert dataset.name == "photos"
    assert [item.name for item in dataset.classes] == ["@eaDir", "a", "b"]
    assert len(dataset.images) == 3


def test_too_many_files_are_refused_before_any_is_read(home, tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "LIMITS", dataclasses.replace(LIMITS, archive_entries=3))
    (tmp_path / "a").mkdir()
    for number in range(4):
        (tmp_path / "a" / f"{number}.png").write_bytes(image(number))
    with pytest.raises(DatasetError, match="more than 3 files"):
        folder.import_folder(folder=str(tmp_path), **common(home))
    assert store.list_datasets(home.workspace()) == []
