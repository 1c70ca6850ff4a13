"""Files of a browser as a source: into one class or by their folders; the uploads go.
"""

from pathlib import Path

import pytest

from tests.datasets.helpers import common, from_uploads, image
from tltools.datasets import store
from tltools.datasets.sources import uploads
from tltools.errors import DatasetError


def test_a_dropped_folder_has_its_folders_as_classes(home, tmp_path):
    kept = []
    for number, name in enumerate(("pets/cat/1.png", "pets/dog/1.png", "pets/.DS_Store",
                                   "pets/dog/x.txt", "pets\\dog\\1.png")):
        path = tmp_path / str(number)
        path.write_bytes(image(number))
        kept.append({"path": str(path), "name": name})
    result = from_uploads(home, kept)
    dataset = store.read(home.workspace(), result["dataset"])
    assert (dataset.name, [item.name for item in dataset.classes]) == ("pets", ["cat", "dog"])
    assert "same name" in str(dataset.skipped)


def uploaded(tmp_path, *named: tuple[str, bytes]) -> list[dict[str, str]]:
    """Files as a browser leaves them: under numbers, with the names that they had."""
    kept = []
    for number, (name, content) in enumerate(named):
        path = tmp_path / f"upload-{number}"
        path.write_bytes(content)
        kept.append({"path": str(path), "name": name})
    return kept


def test_files_go_to_the_class_that_is_meant_and_the_uploads_are_gone(home, tmp_path):
    first = uploads.import_files(class_name="Cat", title="  Pets ",
                                 uploads=uploaded(tmp_path, ("1.png", image(1))), **common(home))
    kept = uploaded(tmp_path, ("2.png", image(2)), ("3.txt", b"text"), ("1.png", image(1)))
    result = uploads.import_files(class_name="cat", title="ignored", uploads=kept,
                                  **common(home, first["dataset"]))
    dataset = store.read(home.workspace(), first["dataset"])
    assert (dataset.name, [item.name for item in dataset.classes]) == ("Pets", ["Cat"])
    assert (result["used"], result["found"], len(dataset.images)) == (1, 3, 2)
    assert ([item["file"] for item in result["skipped"]], result["there"]) == (["3.txt"], 1)
    assert not any(Path(item["path"]).exists() for item in kept)


@pytest.mark.parametrize("named", [[("a/1.png", b"text")], [(".DS_Store", b"x")], []])
def test_nothing_usable_leaves_neither_a_data_set_nor_uploads(home, tmp_path, named):
    kept = uploaded(tmp_path, *named)
    with pytest.raises(DatasetError):
        from_uploads(home, kept)
    assert store.list_datasets(home.workspace()) == []
    assert not list(tmp_path.glob("upload-*"))
