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


def test_the_folder_that_holds_a_picture_is_its_class():
    def classes(*names: str) -> list[tuple[str, bool]]:
        paths = [tuple(name.split("/")) for name in names]
        return list(importing.classes_of(paths).values())

    assert classes("cat/1.png", "dog/1.png") == [("cat", False), ("dog", False)]
    assert classes("a/b/cat/1.png", "a/b/dog/tail/1.png") == [("cat", False), ("dog", False)]
    assert classes("pets/Train/cat/1.png", "pets/testing/cat/1.png") \
        == [("cat", False), ("cat", True)]
    assert classes("test/cat/1.png", "test/dog/1.png") == [("cat", True), ("dog", True)], (
        "a lone test folder is no wrapping one")
    assert classes("cat/1.png", "2.png") == [("cat", False), ("", False)]
    assert classes("cat/1.png") == [("cat", False)]
    assert classes() == []


@pytest.mark.parametrize(("names", "are"), [
    (("cat/1.png", "dog/1.png"), True), (("cat/1.png", "cat/2.png"), False),
    (("train/1.png", "test/1.png"), False), (("1.png", "2.png"), False),
    (("train/cat/1.png", "test/dog/1.png"), True), (("images/1.png", "Validation/1.png"), False),
])
def test_folders_are_classes_if_two_have_names_of_their_own(names, are):
    assert importing.in_class_folders(tuple(name.split("/")) for name in names) == are


@pytest.mark.parametrize(("name", "out"), [
    ("cat/1.png", False), (".git/1.png", True), ("cat/.1.png", True), ("cat/Thumbs.DB", True),
    ("__MACOSX/cat/1.png", True), ("thumbs.db.png", False),
])
def test_hidden_files_and_those_of_a_system_are_ignored(name, out):
    assert importing.ignored(tuple(name.split("/"))) == out


def test_an_import_into_a_set_that_is_there_never_deletes_it(home, tmp_path):
    kept = zipped(home, tmp_path, [("a/1.png", image(1)), ("b/1.png", image(2))])["dataset"]
    root = tmp_path / "more"
    (root / "a").mkdir(parents=True)
    (root / "a" / "1.jpg").write_bytes(b"text")
    result = folder.import_folder(folder=str(root), **common(home, kept))
    assert (result["dataset"], result["used"], result["found"]) == (kept, 0, 1)
    assert len(store.read(home.workspace(), kept).images) == 2
