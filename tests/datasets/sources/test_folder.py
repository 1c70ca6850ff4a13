"""A folder of this machine as a source: odd files are named, nothing in it is changed.
"""

import os

import pytest

from tests.datasets.helpers import common, image
from tltools.datasets.sources import folder
from tltools.errors import DatasetError


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
