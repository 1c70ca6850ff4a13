"""What all sources share: every layout of folders, names of what is left out, and what
an import leaves that was cancelled."""

import pytest

from tests.datasets.helpers import common, image, zipped
from tltools.datasets import importing, store
from tltools.datasets.sources import folder


@pytest.mark.parametrize("prefix", ["", "wrap/", "outer/inner/"])
@pytest.mark.parametrize("parts", [("",), ("train/", "test/"), ("Train/", "val/", "TEST/")])
def test_layouts(home, tmp_path, prefix, parts):
    names = [f"{prefix}{part}{name}/{number}.png" for part in parts for name in ("cat", "dog")
             for number in range(3)]
    entries = [(name, image(seed)) for seed, name in enumerate(names)]
    noise = [("__MACOSX/cat/._1.png", b"x"), (f"{prefix}.DS_Store", b"x"),
             (f"{prefix}cat/Thumbs.db", b"x"), (f"{prefix}.ipynb_checkpoints/cat/1.png", image())]
    result = zipped(home, tmp_path, entries + noise)
    dataset = store.read(home.workspace(), result["dataset"])
    assert sorted(item.name for item in dataset.classes) == ["cat", "dog"]
    assert (result["used"], result["skipped"]) == (len(entries), [])
    assert dataset.name == "my photos"
    in_test = [record for record in dataset.images if record.test]
    assert bool(in_test) == ("test/" in "".join(parts).lower())
    if in_test:
        assert {key for key, part in dataset.split().items() if part == "test"} \
            == {record.id for record in in_test}


def test_skipped_files_are_named_with_the_reason(home, tmp_path):
    result = zipped(home, tmp_path, [("a/1.png", image(1)), ("a/2.jpg", b"text"),
                                     ("b/1.png", image(2)), ("b/1b.png", image(2)),
                                     ("loose.png", image(3)), ("../up.png", image(4))])
    assert (result["used"], result["found"]) == (2, 6)
    reasons = {item["file"]: item["reason"] for item in result["skipped"]}
    assert "not a picture" in reasons["a/2.jpg"]
    assert "already" in reasons["b/1b.png"]
    assert "class folder" in reasons["loose.png"]
    assert "outside" in reasons["../up.png"]
    assert len(store.read(home.workspace(), result["dataset"]).skipped) == 4


def test_a_cancelled_import_keeps_what_it_had(home, tmp_path):
    for number in range(40):
        path = tmp_path / "set" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image(number))

    def give_up(done, total, what):
        if done > 35:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.import_folder(folder=str(tmp_path / "set"), progress=give_up, **common(home))
    (dataset,) = store.list_datasets(home.workspace())
    assert len(dataset.images) == 2 * importing.BATCH
    assert all(dataset.image_path(record).is_file() for record in dataset.images)
