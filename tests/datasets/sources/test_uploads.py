"""Files of a browser as a source: into one class or by their folders; the uploads go.
"""

from tests.datasets.helpers import common, image
from tltools.datasets import store
from tltools.datasets.sources import uploads


def test_a_dropped_folder_has_its_folders_as_classes(home, tmp_path):
    kept = []
    for number, name in enumerate(("pets/cat/1.png", "pets/dog/1.png", "pets/.DS_Store",
                                   "pets/dog/x.txt", "pets\\dog\\1.png")):
        path = tmp_path / str(number)
        path.write_bytes(image(number))
        kept.append({"path": str(path), "name": name})
    result = uploads.import_tree(uploads=kept, **common(home))
    dataset = store.read(home.workspace(), result["dataset"])
    assert (dataset.name, [item.name for item in dataset.classes]) == ("pets", ["cat", "dog"])
    assert "same name" in str(dataset.skipped)
