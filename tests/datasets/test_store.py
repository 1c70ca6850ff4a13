"""Data sets: every source, every layout, names as text, the split, and what damage and
deletion leave."""

import os
import threading

import numpy as np
import pytest

from tests import corpus
from tests.helpers import drawn
from tltools.datasets import edits, importing, splits, store
from tltools.datasets.drawn import synthesize
from tltools.datasets.sources import archive, folder, uploads
from tltools.errors import ArchiveError, DatasetError, NotFound

NAMES = [
    "<b>x</b>", "![](http://x/y.png)", "snake_case", "*", "1. first", "../up", "..", "CON", "nul",
    "a/b", "ñandú", "猫", "😀", "'; DROP TABLE", "{{x}}", "$HOME", "%s", "-rf", "~", "a:b", "a|b",
    "a?b", '"q"', "`c`", "#h", "[l](u)", "\\n", "&amp;", "a=b", "+1", "@x", "null", "true", "0",
    "é", "ﬀ", "x" * 80
]


def image(seed: int = 0) -> bytes:
    return corpus.encoded(corpus.picture(seed=seed), "PNG")


def common(home, dataset=None) -> dict:
    return {"home": str(home.path), "workspace": "local", "dataset": dataset}


def zipped(home, tmp_path, entries) -> dict:
    path = tmp_path / "a.zip"
    path.write_bytes(corpus.archive(entries))
    return archive.import_archive(path=str(path), name="my photos.zip", **common(home))


@pytest.mark.parametrize("prefix", ["", "wrap/", "outer/inner/"])
@pytest.mark.parametrize("parts", [("",), ("train/", "test/"), ("Train/", "val/", "TEST/")])
def test_layouts(home, tmp_path, prefix, parts):
    entries = [(f"{prefix}{part}{name}/{number}.png", image(hash((part, name, number)) % 250))
               for part in parts for name in ("cat", "dog") for number in range(3)]
    noise = [("__MACOSX/cat/._1.png", b"x"), (f"{prefix}.DS_Store", b"x"),
             (f"{prefix}cat/Thumbs.db", b"x"), (f"{prefix}.ipynb_checkpoints/cat/1.png", image())]
    result = zipped(home, tmp_path, entries + noise)
    dataset = store.read(home.workspace(), result["dataset"])
    assert sorted(item.name for item in dataset.classes) == ["cat", "dog"]
    assert result["used"] + len(result["skipped"]) == len(entries)
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


@pytest.mark.parametrize(("entries", "words"), [
    ([], "no files"),
    ([("a/1.png", b"text")], "None of 1"),
    ([(".hidden/1.png", b"x")], "no files"),
])
def test_nothing_usable_leaves_no_data_set(home, tmp_path, entries, words):
    with pytest.raises(DatasetError, match=words):
        zipped(home, tmp_path, entries)
    assert store.list_datasets(home.workspace()) == []


def test_upload_is_removed_even_if_it_is_no_archive(home, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(b"no")
    with pytest.raises(ArchiveError):
        archive.import_archive(path=str(path), name="x.zip", remove=True, **common(home))
    assert not path.exists()


def test_one_class_and_one_image_per_class_are_explained(home, tmp_path):
    one = store.read(
        home.workspace(),
        zipped(home, tmp_path, [("a/1.png", image(1)), ("a/2.png", image(2))])["dataset"])
    assert [problem.title for problem in one.problems()] == ["One class only"]
    single = store.read(
        home.workspace(),
        zipped(home, tmp_path, [("a/1.png", image(1)), ("b/1.png", image(2))])["dataset"])
    assert "at least two" in single.problems()[0].remedy


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


def test_split_is_stratified_seeded_and_stable():
    images = [(f"i{number}", f"c{number % 3}", False) for number in range(300)]
    first = splits.split(images, 0.15, 0.15, 42)
    assert first == splits.split(images, 0.15, 0.15, 42) != splits.split(images, 0.15, 0.15, 43)
    for label in ("c0", "c1", "c2"):
        members = [first[name] for name, class_id, _ in images if class_id == label]
        assert [members.count(part) for part in splits.SPLITS] == [70, 15, 15]
    more = splits.split([*images, ("new", "c0", False)], 0.15, 0.15, 42)
    assert sum(more[name] != first[name] for name in first) <= 2


@pytest.mark.parametrize(("count", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)),
                                                 (10, (6, 2, 2))])
def test_small_classes_keep_a_training_picture(count, expected):
    parts = list(
        splits.split([(f"i{n}", "c", False) for n in range(count)], 0.15, 0.15, 1).values())
    assert tuple(parts.count(part) for part in splits.SPLITS) == expected


@pytest.mark.parametrize("family", list(synthesize.FAMILIES))
def test_drawn_pictures_are_reproducible_and_differ(family):
    one, same, other = (synthesize.draw(family, 1, 7, index) for index in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one.astype(int) - other).mean() > 5
    assert one.shape == (synthesize.SIDE, synthesize.SIDE, 3)
    assert one.dtype == np.uint8


@pytest.mark.parametrize("family", ["scenes", "creatures", "digits", "shortcut"])
def test_every_class_can_be_drawn_at_every_difficulty(family):
    most = synthesize.most_classes(family)
    assert len(set(synthesize.class_names(family, most))) == most
    for difficulty in (0.0, 1.0):
        pictures = [synthesize.draw(family, label, 3, 0, difficulty, 32) for label in range(most)]
        assert len({picture.tobytes() for picture in pictures}) == most
        assert all(picture.std() > 8 for picture in pictures), "no picture is plain"
    for index in range(40):  # chance in its corners too
        synthesize.draw(family, index % most, 9, index, 1.0, 16)
    easy, hard = (np.array([synthesize.draw(family, 1, 3, index, difficulty, 32)
                            for index in range(12)]).astype(float)
                  for difficulty in (0.0, 1.0))
    assert hard.std(0).mean() > easy.std(0).mean(), (
        "with difficulty pictures of one class differ more")
    assert synthesize.sheet(family, 3, 1, 0.5, side=32).shape == (64, 96, 3)
    for classes in (1, most + 1):
        with pytest.raises(DatasetError, match=f"{classes} classes"):
            synthesize.check(family, classes, 10, 0.5)


def test_the_shortcut_swaps_backgrounds_in_its_test_pictures_only(home, tmp_path):
    """Mean colour alone gets nearly all pictures right that are not test pictures, and
    nearly all test pictures wrong."""
    dataset = drawn(home, family="shortcut", classes=3, per_class=16)
    in_test = {image.id for image in dataset.images if image.test}
    assert len(in_test) == 12
    assert {key for key, part in dataset.split().items() if part == "test"} == in_test
    colours = np.array([[synthesize.draw("shortcut", label, 1, index, 0.3, 32).mean((0, 1))
                         for index in range(16)] for label in range(3)])
    test = np.array([synthesize.is_test("shortcut", index) for index in range(16)])
    centres = colours[:, ~test][:, :6].mean(1)
    right = ((colours[:, :, None] - centres) ** 2).sum(-1).argmin(-1) == np.arange(3)[:, None]
    assert right[:, ~test][:, 6:].mean() > 0.8
    assert right[:, test].mean() < 0.3
    assert synthesize.write_folder(tmp_path / "out", "shortcut", 2, 4, 1) == 8
    written = (tmp_path / "out").rglob("*.png")
    assert sorted(path.parent.relative_to(tmp_path / "out").as_posix() for path in written) \
        == ["test/disk", "test/square", *["train/disk"] * 3, *["train/square"] * 3]


@pytest.mark.parametrize("family", ["shapes", "textures", "creatures", "digits"])
def test_mean_colour_does_not_give_the_class_away(family):
    means = np.array([[synthesize.draw(family, label, 3, index).mean((0, 1))
                       for index in range(60)] for label in (0, 1)])
    centres = means[:, :30].mean(1)
    distance = ((means[:, 30:, None] - centres) ** 2).sum(-1)
    right = (distance.argmin(-1) == np.arange(2)[:, None]).mean()
    assert right < 0.75, "a classifier that sees only the mean colour must stay near chance"


def test_many_classes_have_names_of_their_own():
    names = synthesize.class_names("shapes", 100)
    assert len(set(names)) == 100
    for label in (0, 20, 99):
        assert synthesize.draw("shapes", label, 1, 0).shape[2] == 3
    with pytest.raises(DatasetError):
        synthesize.check("shapes", 1, 10, 0.5)
