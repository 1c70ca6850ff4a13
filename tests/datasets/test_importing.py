"""What all sources share: every layout of folders, names of what is left out, and what
an import leaves that was cancelled."""

import errno
import io

import numpy as np
import pytest
from PIL import Image

from tests import corpus
from tests.datasets.helpers import from_archive, from_folder, image, zipped
from tests.images import films
from tltools import files
from tltools.datasets import edits, importing, records, store
from tltools.images import StoredImage, decoders, to_array


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
    in_test = [record for record in dataset.images if record.part == "test"]
    assert bool(in_test) == ("test/" in "".join(parts).lower())
    if in_test:
        assert {key for key, part in dataset.split().items() if part == "test"} \
            == {record.id for record in in_test}


def test_skipped_files_are_named_with_the_reason(home, tmp_path):
    result = zipped(home, tmp_path, [("a/1.png", image(1)), ("a/2.jpg", b"text"),
                                     ("b/1.png", image(2)), ("b/1b.png", image(2)),
                                     ("loose.png", image(3)), ("../up.png", image(4))])
    assert (result["used"], result["unlabelled"], result["found"]) == (2, 1, 6)
    reasons = {item["file"]: item["reason"] for item in result["skipped"]}
    assert "not a picture" in reasons["a/2.jpg"]
    assert "already" in reasons["b/1b.png"]
    assert "outside" in reasons["../up.png"]
    dataset = store.read(home.workspace(), result["dataset"])
    assert len(dataset.skipped) == 3
    assert [picture.name for picture in dataset.to_classify] == ["loose.png"]


def folder_of(tmp_path, count: int) -> str:
    for number in range(count):
        path = tmp_path / "set" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image(number))
    return str(tmp_path / "set")


def test_a_cancelled_import_keeps_what_it_had_and_goes_on_there(home, tmp_path, monkeypatch):
    def give_up(done, total, what):
        if done > 25 and what != importing.LOOKING:
            raise KeyboardInterrupt

    root = folder_of(tmp_path, 40)
    with pytest.raises(KeyboardInterrupt):
        from_folder(home, root, progress=give_up)
    (dataset,) = store.list_datasets(home.workspace())
    assert 26 <= len(dataset.images) < 40
    assert all(dataset.image_path(record).is_file() for record in dataset.images)
    decoded = []
    real = decoders.Decoders.store_form
    monkeypatch.setattr(decoders.Decoders, "store_form", lambda self, data, name, window: (
        decoded.append(name) or real(self, data, name, window)))
    result = from_folder(home, root, dataset.id)
    assert result["used"] == len(decoded) == 40 - len(dataset.images), "no picture twice"
    assert (result["there"], result["skipped"]) == (len(dataset.images), []), "not left out"
    assert len(store.read(home.workspace(), dataset.id).images) == 40


@pytest.mark.parametrize("count", [500, 4_000])
def test_writing_the_record_costs_each_picture_the_same(home, monkeypatch, count):
    """It is written whole: once for each sixteen pictures, the cost grew with their
    square. Here a picture takes 10 ms to decode, and a writing 0.1 ms for each that the
    record has."""
    place = home.workspace()
    clock = {"now": 0.0, "writing": 0.0, "pictures": 0}

    def add_images(workspace, dataset_id, images, notes, found):
        clock["pictures"] += len(images)
        clock["writing"] += 0.0001 * clock["pictures"]
        clock["now"] += 0.0001 * clock["pictures"]
        return store.Added(len(images), 0, [])

    monkeypatch.setattr(store, "add_images", add_images)
    dataset = store.create(place, "set").id
    picture = store.NewImage(StoredImage(b"x" * 1000, 1, 1, b""), "a", "a/1.png", "0" * 64)
    with importing.Batch(place, dataset, [], lambda: clock["now"]) as batch:
        for _ in range(count):
            clock["now"] += 0.01
            batch.add(picture)
    assert batch.used == count
    assert clock["writing"] < 0.06 * clock["now"]


def test_classes_stand_in_the_order_that_people_expect(home, tmp_path):
    entries = [(f"{label}/{number}.png", image(100 * label + number))
               for label in (10, 2, 1) for number in range(2)]
    dataset = store.read(home.workspace(), zipped(home, tmp_path, entries)["dataset"])
    assert [item.name for item in dataset.classes] == ["1", "2", "10"]


def test_an_import_into_a_set_that_is_there_never_deletes_it(home, tmp_path):
    kept = zipped(home, tmp_path, [("a/1.png", image(1)), ("b/1.png", image(2))])["dataset"]
    root = tmp_path / "more"
    (root / "a").mkdir(parents=True)
    (root / "a" / "1.jpg").write_bytes(b"text")
    result = from_folder(home, root, kept)
    assert (result["dataset"], result["used"], result["found"]) == (kept, 0, 1)
    assert len(store.read(home.workspace(), kept).images) == 2


def with_metadata(seed: int) -> bytes:
    """The picture of `image(seed)`, saved again with a note inside: another file with
    the same pixels."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    note = PngInfo()
    note.add_text("Comment", "saved again")
    buffer = io.BytesIO()
    Image.open(io.BytesIO(image(seed))).save(buffer, "PNG", pnginfo=note)
    assert buffer.getvalue() != image(seed)
    return buffer.getvalue()


def test_the_same_picture_with_other_metadata_is_not_used_twice(home, tmp_path):
    """24 pictures came twice, and 6 stood in training and test."""
    entries = [(f"{label}/{number}.png", image(number + start))
               for label, start in (("a", 0), ("b", 12)) for number in range(12)]
    again = [(f"{label}/{number} (1).png", with_metadata(number + start))
             for label, start in (("a", 0), ("b", 12)) for number in range(12)]
    result = zipped(home, tmp_path, [*entries, *again])
    assert (result["used"], result["found"]) == (24, 48)
    assert {note["reason"] for note in result["skipped"]} \
        == {"the same picture is in this class already"}
    dataset = store.read(home.workspace(), result["dataset"])
    assert len({picture.file for picture in dataset.images}) == len(dataset.images) == 24


def test_a_picture_keeps_its_part_when_it_comes_again(home, tmp_path):
    entries = [(f"{label}/{number}.png", image(number + start))
               for label, start in (("a", 0), ("b", 12)) for number in range(12)]

    def parts(dataset: records.Dataset) -> dict[str, str]:
        assigned = dataset.split()
        return {picture.file: assigned[picture.id] for picture in dataset.images}

    first = store.read(home.workspace(), zipped(home, tmp_path, entries)["dataset"])
    other = store.read(home.workspace(), zipped(home, tmp_path, entries[::-1])["dataset"])
    assert parts(first) == parts(other), "in another order"
    some = [picture.id for picture in first.images[::3]]
    edits.delete_images(home.workspace(), first.id, some)
    path = tmp_path / "again.zip"
    path.write_bytes(corpus.archive(entries))
    from_archive(home, path, first.id)
    assert parts(store.read(home.workspace(), first.id)) == parts(first), "deleted and back"


def test_a_picture_in_two_classes_is_on_one_side(home, tmp_path):
    entries = [(f"{label}/{number}.png", image(number + start))
               for label, start in (("a", 0), ("b", 6)) for number in range(12)]
    dataset = store.read(home.workspace(), zipped(home, tmp_path, entries)["dataset"])
    assert len(dataset.images) == 24
    for seed in range(5):
        dataset = store.set_split(home.workspace(), dataset.id, 0.3, 0.3, seed)
        assert not dataset.on_two_sides
        assert dataset.split_counts()["test"] > 0


@pytest.mark.parametrize("stored", [0, 10])
def test_a_disk_that_fills_while_pictures_come_leaves_no_empty_set(home, tmp_path, monkeypatch,
                                                                   stored):
    root, left = folder_of(tmp_path, 20), [stored]
    real = files.write_many

    def full(contents):
        left[0] -= len(contents)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(contents)

    dataset = None
    if stored:
        dataset = from_folder(home, root)["dataset"]
        folder_of(tmp_path, 40)
    monkeypatch.setattr(files, "write_many", full)
    with pytest.raises(OSError, match="No space"):
        from_folder(home, root, dataset)
    assert [len(item.images) for item in store.list_datasets(home.workspace())] \
        == ([20] if stored else []), "what was there stays"


def deep(seed: int, most: int) -> bytes:
    """A 16-bit grey PNG with values from 0 to `most`."""
    values = np.random.default_rng(seed).integers(0, most + 1, (24, 32)).astype(np.uint16)
    values[0, 0], values[0, 1] = 0, most
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def test_deep_pictures_of_an_import_share_one_window_that_the_set_keeps(home, tmp_path):
    """12 bits in files of 16 were stored almost black; a window for each picture would
    make a dim one as bright as the others."""
    entries = [("a/bright.png", deep(1, 4095)), ("a/dim.png", deep(2, 1000)),
               ("b/1.png", deep(3, 4000)), ("b/plain.png", image(4))]
    result = zipped(home, tmp_path, entries)
    dataset = store.read(home.workspace(), result["dataset"])
    assert dataset.window == dataset.snapshot()["window"] == (0.0, 4095.0)

    def brightest(name: str) -> int:
        record = next(item for item in dataset.images if item.name.endswith(name))
        return int(to_array(dataset.image_path(record), 32, "squash").max())

    assert brightest("bright.png") > 240
    assert 40 < brightest("dim.png") < 90
    more = tmp_path / "more" / "a"
    more.mkdir(parents=True)
    (more / "later.png").write_bytes(deep(5, 1000))
    from_folder(home, tmp_path / "more", dataset.id)
    dataset = store.read(home.workspace(), dataset.id)
    assert dataset.window == (0.0, 4095.0), "the set's pictures stay comparable"
    assert 40 < brightest("later.png") < 90


CLIPS = [(f"{label}/clip {number}.mp4", films.film(seconds=2.0, seed=seed + number, size=size))
         for label, seed, size in (("a", 0, (64, 48)), ("b", 2, (48, 64)))
         for number in range(3)]


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_a_video_becomes_pictures_of_one_group_on_one_side(home, tmp_path, kind):
    entries = [*CLIPS, ("a/1.png", image(1)), ("b/1.png", image(2)), ("b/bad.mp4", b"no video"),
               ("b/cut.mp4", CLIPS[0][1][:400])]
    if kind == "archive":
        path = tmp_path / "set.zip"
        path.write_bytes(corpus.archive(entries))
        result = from_archive(home, path)
    else:
        path = tmp_path / "set"
        for name, data in entries:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
        result = from_folder(home, path)
    assert (result["used"], result["frames"], result["videos"], result["found"]) == (26, 24, 6, 10)
    reasons = {note["file"]: note["reason"] for note in result["skipped"]}
    assert "cut.mp4 is a video of which" in reasons.pop("b/cut.mp4")
    assert "bad.mp4 is not a picture" in reasons.pop("b/bad.mp4")
    assert not reasons
    dataset = store.read(home.workspace(), result["dataset"])
    first = [picture for picture in dataset.images if picture.group == "a/clip 0.mp4"]
    assert [picture.name for picture in first] \
        == [f"a/clip 0.mp4 at 0:0{time}" for time in ("0.0", "0.5", "1.0", "1.5")]
    assert dataset.groups == {name for name, _ in CLIPS}
    for seed in range(5):
        dataset = store.set_split(home.workspace(), dataset.id, 0.3, 0.3, seed)
        sides: dict[str, set[str]] = {}
        for picture in dataset.images:
            if picture.group:
                sides.setdefault(picture.group, set()).add(dataset.split()[picture.id])
        assert all(len(side) == 1 for side in sides.values())
        assert dataset.split_counts()["test"] > 0
    assert list(home.workspace().uploads.iterdir()) == [], "no video is left lying"


def test_a_video_that_comes_again_is_there_already(home, tmp_path, monkeypatch):
    first = zipped(home, tmp_path, CLIPS)
    dataset = store.read(home.workspace(), first["dataset"])
    path = tmp_path / "again.zip"
    path.write_bytes(corpus.archive([*CLIPS, ("a/other name.mp4", CLIPS[0][1])]))
    monkeypatch.setattr(decoders.Decoders, "frames", None)  # nothing is decoded
    result = from_archive(home, path, dataset.id)
    assert (result["used"], result["there"], result["videos"]) == (0, 6, 0)
    assert [note["file"] for note in result["skipped"]] == ["a/other name.mp4"]
    monkeypatch.undo()
    gone = [picture.id for picture in dataset.images if picture.name.endswith("at 0:00.0")]
    edits.delete_images(home.workspace(), dataset.id, gone)
    result = from_archive(home, path, dataset.id)
    assert (result["used"], result["frames"], result["videos"]) == (6, 6, 6)
    assert len(store.read(home.workspace(), dataset.id).images) == 24


def test_progress_counts_files_and_what_has_no_label_is_kept_apart(home, tmp_path):
    seen = []
    root = tmp_path / "set"
    for name, data in [*CLIPS, ("loose.mp4", films.film(".avi", seconds=1.0))]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    result = from_folder(home, root, progress=lambda done, total, what: seen.append((done, total)))
    assert seen[-1] == (7, 7)
    assert max(done for done, _ in seen) == 7
    assert (result["used"], result["frames"], result["unlabelled"]) == (24, 24, 2)
