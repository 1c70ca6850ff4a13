"""Data sets on disk: names as text, what is wrong with a set, two writers, and what
damage and deletion leave."""

import errno
import threading

import pytest

from tests.datasets.helpers import NAMES, common, image, zipped
from tests.helpers import drawn
from tltools import files
from tltools.datasets import edits, splits, store
from tltools.datasets.sources import uploads
from tltools.errors import NewerRecord, NotFound


def test_one_class_and_one_image_per_class_are_explained(home, tmp_path):
    one = store.read(
        home.workspace(),
        zipped(home, tmp_path, [("a/1.png", image(1)), ("a/2.png", image(2))])["dataset"])
    assert [problem.title for problem in one.problems()] == ["One class only"]
    single = store.read(
        home.workspace(),
        zipped(home, tmp_path, [("a/1.png", image(1)), ("b/1.png", image(2))])["dataset"])
    assert "at least two" in single.problems()[0].remedy


@pytest.mark.parametrize("name", NAMES)
def test_class_names_survive_and_never_are_paths(home, tmp_path, name):
    dataset = None
    for number, class_name in enumerate((name, "other")):
        path = tmp_path / f"u{number}"
        path.write_bytes(image(number))
        result = uploads.import_files(class_name=class_name,
                                      uploads=[{"path": str(path), "name": "a.png"}],
                                      **common(home, dataset))
        dataset = result["dataset"]
    read = store.read(home.workspace(), dataset)
    assert [item.name for item in read.classes] == [name, "other"]
    assert read.snapshot()["classes"] == [name, "other"]
    inside = {path.relative_to(read.path).parts[0] for path in read.path.rglob("*")}
    assert inside <= {"dataset.json", "images", "thumbnails", "lock", "undo"}


def test_a_deleted_data_set_is_gone(home):
    workspace, dataset = home.workspace(), drawn(home, per_class=2)
    store.delete(workspace, dataset.id)
    with pytest.raises(NotFound):
        store.read(workspace, dataset.id)
    with pytest.raises(NotFound):
        store.read(workspace, "../../etc")


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"name": 1}', b"\xff" * 50, b'{"classes": [{"x": 1}]}'])
def test_a_damaged_record_never_hides_the_others(home, damage):
    good, bad = drawn(home, per_class=2), drawn(home, per_class=2)
    (bad.path / "dataset.json").write_bytes(damage)
    listed = {item.id: item for item in store.list_datasets(home.workspace())}
    assert listed[good.id].damaged is None
    assert "damaged" in listed[bad.id].damaged


def test_two_writers_lose_nothing(home):
    dataset = drawn(home, per_class=2)

    def add(number: int) -> None:
        for step in range(10):
            edits.add_class(home.workspace(), dataset.id, f"class {number} {step}")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.read(home.workspace(), dataset.id).classes) == 42


def test_pictures_of_a_class_that_is_switched_off_are_in_no_part(home):
    dataset = drawn(home, classes=3, per_class=6)
    off = dataset.classes[1].id
    dataset = edits.set_disabled(home.workspace(), dataset.id, [off], True)
    parts = [dataset.in_part(part) for part in splits.SPLITS]
    assert [len(part) for part in parts] == list(dataset.split_counts().values()) == [8, 2, 2]
    assert all(image.class_id != off for part in parts for image in part)


def test_a_data_set_that_the_disk_does_not_take_leaves_nothing_behind(home, monkeypatch):
    def full(target, data):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(files, "write_bytes", full)
    with pytest.raises(OSError, match="full"):
        store.create(home.workspace(), "cats")
    assert list(home.workspace().datasets.iterdir()) == []
    assert store.list_datasets(home.workspace()) == []


def test_a_data_set_of_a_newer_version_is_said_and_left_alone(workspace):
    dataset = store.create(workspace, "mine")
    path = dataset.path / "dataset.json"
    files.write_json(path, {**files.read_json(path), "format": 99, "new": "kept"})
    before = path.read_bytes()
    with pytest.raises(NewerRecord, match=r"dataset\.json was made by a newer version"):
        store.read(workspace, dataset.id)
    (listed,) = store.list_datasets(workspace)
    assert "newer version" in listed.damaged
    with pytest.raises(NewerRecord):
        store.rename(workspace, dataset.id, "x")
    assert path.read_bytes() == before


def test_one_class_without_validation_pictures_is_not_all_of_them(home):
    """The split shows two, and "No validation pictures" was said."""
    dataset = drawn(home, classes=3, per_class=6)
    single = [image.id for image in dataset.members("c3")[1:]]
    dataset = edits.delete_images(home.workspace(), dataset.id, single)
    assert dataset.split_counts()["validation"] == 2
    (problem,) = dataset.problems()
    name = dataset.class_name("c3")
    assert problem.title == f"{name} has no validation pictures"
    assert "at least two" in problem.remedy
    two = [image.id for image in dataset.members("c2")[1:]]
    (problem,) = edits.delete_images(home.workspace(), dataset.id, two).problems()
    assert problem.title == "2 classes have no validation pictures"
    assert name in problem.reason
    none = store.set_split(home.workspace(), dataset.id, 0.0, 0.2, 1).problems()
    assert [item.title for item in none] == ["No validation pictures"]


def test_a_record_of_before_is_read_with_its_test_folder(workspace):
    """Format 1 had `test` where a part stands now; what undoing needs has it too."""
    home = workspace
    dataset = store.create(home, "old")
    names = [store.NewImage(store.StoredImage(f"picture {number}".encode(), 1, 1, b"small"),
                            "ab"[number % 2], f"{number}.jpg", str(number),
                            "test" if number > 7 else "") for number in range(10)]
    store.add_images(home, dataset.id, names, [], 10)
    path = dataset.path / "dataset.json"
    record = files.read_json(path)
    for item in record["images"]:
        item["test"] = item.pop("part") == "test"
        del item["group"]
    for key in ("to_classify", "window"):
        del record[key]
    files.write_json(path, {**record, "format": 1})
    read = store.read(home, dataset.id)
    assert [image.part for image in read.images] == [""] * 8 + ["test"] * 2
    assert read.given_parts == {"test"}
    assert read.split_counts()["test"] == 2
    edits.delete_images(home, dataset.id, [read.images[-1].id])
    assert edits.undo(home, dataset.id).images == read.images
