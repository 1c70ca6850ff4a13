"""Changes by hand: each does what it says, each can be undone, and no run loses a
picture."""

import dataclasses

import pytest

from tests import corpus
from tests.datasets.helpers import NAMES
from tests.helpers import drawn, queued
from tltools import files, runs
from tltools.datasets import edits, records, store
from tltools.datasets.sources.uploads import import_files
from tltools.errors import DatasetError, NotFound
from tltools.images import StoredImage
from tltools.runs.events import RunState


@pytest.fixture
def dataset(home):
    return drawn(home, classes=3, per_class=4)


def kept(data: bytes) -> StoredImage:
    """A picture in its stored form, whatever it shows."""
    return StoredImage(data, 128, 128, b"small")


def content(dataset: records.Dataset) -> tuple:
    """What people see of a data set: its classes and pictures in order."""
    return dataset.classes, dataset.images


def actions(workspace, dataset: records.Dataset) -> list:
    """Each kind of change, as a function without arguments."""
    one, two, three = (item.id for item in dataset.classes)
    pictures = [image.id for image in dataset.images]
    return [
        lambda: edits.add_class(workspace, dataset.id, "new one"),
        lambda: edits.rename_class(workspace, dataset.id, one, " another  name "),
        lambda: edits.set_disabled(workspace, dataset.id, [two, three], True),
        lambda: edits.delete_class(workspace, dataset.id, two),
        lambda: edits.merge_classes(workspace, dataset.id, [one, three], three),
        lambda: edits.delete_images(workspace, dataset.id, [*pictures[:5], "nonsense"]),
        lambda: edits.move_images(workspace, dataset.id, pictures[3:7], dataset.classes[1].name),
        lambda: edits.move_images(workspace, dataset.id, pictures[3:7], "made for them"),
    ]


@pytest.mark.parametrize("number", range(8))
def test_each_change_is_one_action_and_undo_takes_all_of_it_back(workspace, dataset, number):
    actions(workspace, dataset)[number]()
    changed = store.read(workspace, dataset.id)
    assert content(changed) != content(dataset)
    assert len(changed.actions) == 1
    assert changed.actions[0].what
    undone = edits.undo(workspace, dataset.id)
    assert content(undone) == content(dataset)
    assert undone.actions == ()
    assert not list((dataset.path / "undo").iterdir())
    assert all(
        undone.image_path(image).is_file() and undone.thumbnail_path(image).is_file()
        for image in undone.images)


def test_many_changes_are_undone_in_turn_from_a_fresh_read(workspace, dataset):
    states = [content(dataset)]
    for change in (actions(workspace, dataset)[number] for number in (0, 1, 6, 5, 2, 4)):
        change()
        states.append(content(store.read(workspace, dataset.id)))
    while len(states) > 1:
        states.pop()
        edits.undo(workspace, dataset.id)
        store._parsed.cache_clear()
        assert content(store.read(workspace, dataset.id)) == states[-1]
    with pytest.raises(DatasetError, match="nothing to undo"):
        edits.undo(workspace, dataset.id)


def test_two_clicks_on_one_undo_take_back_one_action(workspace, dataset):
    for name in ("a", "b"):
        edits.add_class(workspace, dataset.id, name)
    last = store.read(workspace, dataset.id).actions[-1].id
    for _ in range(2):
        edits.undo(workspace, dataset.id, last)
    assert [item.name for item in store.read(workspace, dataset.id).classes][3:] == ["a"]


def test_nothing_changed_is_no_action(workspace, dataset):
    first = dataset.classes[0]
    edits.rename_class(workspace, dataset.id, first.id, first.name)
    edits.delete_images(workspace, dataset.id, ["nonsense"])
    edits.move_images(workspace, dataset.id, [dataset.members(first.id)[0].id], first.name)
    assert store.read(workspace, dataset.id) == dataset


def test_undo_leaves_what_came_since_by_other_ways(workspace, dataset):
    first = dataset.classes[0]
    double = dataset.members(first.id)[0]
    edits.delete_class(workspace, dataset.id, first.id)
    again = store.NewImage(kept(dataset.image_path(double).read_bytes()),
                           first.name, "again.png", double.original_sha256)
    store.add_images(workspace, dataset.id, [again], [], 1)
    undone = edits.undo(workspace, dataset.id)
    assert [item.name for item in undone.classes] \
        == [f"{first.name} (2)", *(item.name for item in dataset.classes[1:]), first.name]
    ids = [image.id for image in undone.images]
    assert len(ids) == len(set(ids)) == 13, "no id is given twice"


def test_a_made_class_that_got_pictures_since_stays(workspace, dataset):
    edits.add_class(workspace, dataset.id, "mine")
    picture = dataset.images[0]
    store.add_images(workspace, dataset.id, [
        store.NewImage(kept(dataset.image_path(picture).read_bytes()),
                       "mine", "x.png", "0")
    ], [], 1)
    assert edits.undo(workspace, dataset.id).classes[-1].name == "mine"


def test_doubles_are_not_kept_twice_and_come_back(workspace, dataset):
    picture = dataset.images[0]
    other = next(item for item in dataset.classes if item.id != picture.class_id)
    store.add_images(workspace, dataset.id, [
        store.NewImage(kept(dataset.image_path(picture).read_bytes()),
                       other.name, "copy.png", picture.original_sha256)
    ], [], 1)
    before = store.read(workspace, dataset.id)
    moved = edits.move_images(workspace, dataset.id, [picture.id], other.name)
    assert len(moved.images) == len(before.images) - 1
    assert "already" in moved.actions[-1].what
    merged = edits.merge_classes(workspace, dataset.id, [item.id for item in before.classes],
                                 other.id)
    assert len(merged.classes) == 1
    for _ in range(2):
        undone = edits.undo(workspace, dataset.id)
    assert content(undone) == content(before)


def test_names_are_refused_or_survive(workspace, dataset):
    first, second, _ = dataset.classes
    for change in (lambda: edits.rename_class(workspace, dataset.id, first.id, second.name),
                   lambda: edits.add_class(workspace, dataset.id, f" {second.name} ")):
        with pytest.raises(DatasetError, match="Another class"):
            change()
    with pytest.raises(DatasetError, match="visible"):
        edits.add_class(workspace, dataset.id, " \n\u200b ")
    with pytest.raises(DatasetError, match="at least two"):
        edits.merge_classes(workspace, dataset.id, [first.id], first.id)
    for change in (lambda: edits.rename_class(workspace, dataset.id, "c99", "x"),
                   lambda: edits.delete_class(workspace, dataset.id, "../x")):
        with pytest.raises(NotFound):
            change()
    for name in NAMES:
        edits.rename_class(workspace, dataset.id, first.id, name)
        read = store.read(workspace, dataset.id)
        assert read.classes[0].name == name
        assert name in read.actions[-1].what
    assert len(read.actions) == edits.MOST_ACTIONS
    assert len(list((dataset.path / "undo").iterdir())) == edits.MOST_ACTIONS


def test_a_name_in_other_letters_means_the_class_that_is_there(home, workspace, dataset):
    name = dataset.classes[0].name
    for taken in (
            lambda: edits.add_class(workspace, dataset.id, name.upper()),
            lambda: edits.rename_class(workspace, dataset.id, dataset.classes[1].id, name.title())):
        with pytest.raises(DatasetError, match=f"written {name}"):
            taken()
    moved = edits.move_images(workspace, dataset.id, [dataset.images[-1].id], name.upper())
    assert [item.name for item in moved.classes] == [item.name for item in dataset.classes]
    picture = home.path / "new.png"
    picture.write_bytes(corpus.encoded(corpus.picture(seed=77), "PNG"))
    import_files(home=str(home.path), workspace=workspace.name, dataset=dataset.id,
                 class_name=name.upper(), uploads=[{"path": str(picture), "name": "new.png"}])
    after = store.read(workspace, dataset.id)
    assert [item.name for item in after.classes] == [item.name for item in dataset.classes]
    assert len(after.images) == len(dataset.images) + 1
    renamed = edits.rename_class(workspace, dataset.id, dataset.classes[0].id, name.upper())
    assert renamed.classes[0].name == name.upper(), "its own name may change its letters"


def test_a_disabled_class_keeps_its_pictures_and_is_not_trained(workspace, dataset):
    first, second, third = dataset.classes
    read = edits.set_disabled(workspace, dataset.id, [second.id], True)
    assert len(read.images) == 12
    assert sum(read.split_counts().values()) == 8 == len(read.snapshot()["images"])
    assert read.snapshot()["classes"] == [first.name, third.name]
    assert {row["label"] for row in read.snapshot()["images"]} == {0, 1}
    assert not read.problems()
    read = edits.set_disabled(workspace, dataset.id, [third.id], True)
    (problem,) = read.problems()
    assert "at least two" in problem.remedy
    empty = edits.add_class(workspace, dataset.id, "empty")
    read = edits.set_disabled(workspace, dataset.id, [second.id, third.id], False)
    assert [problem.title for problem in read.problems()] == ["empty is empty"]
    assert not edits.set_disabled(workspace, dataset.id, [empty.id], True).problems()


def test_the_trash_keeps_pictures_until_it_is_emptied(workspace, dataset):
    gone = dataset.members(dataset.classes[0].id)[:2]
    read = edits.delete_images(workspace, dataset.id, [image.id for image in gone])
    assert (read.actions[0].pictures, read.actions[0].bytes) \
        == (2, sum(dataset.image_path(i).stat().st_size for i in gone))
    assert all(dataset.image_path(image).is_file() for image in gone)
    (dataset.path / "images" / f"{'0' * 64}.jpg").write_bytes(b"left behind by a killed import")
    assert edits.empty_trash(workspace, dataset.id) == 0
    assert not any(path.exists() for image in gone
                   for path in (dataset.image_path(image), dataset.thumbnail_path(image)))
    assert {path.name for path in (dataset.path / "images").iterdir()} \
        == {image.file for image in read.images}
    assert store.read(workspace, dataset.id).actions == ()


def test_the_trash_is_bounded_in_actions_and_bytes(workspace, dataset, monkeypatch):
    first = dataset.images[0]
    edits.delete_images(workspace, dataset.id, [first.id])
    for number in range(edits.MOST_ACTIONS):
        edits.rename_class(workspace, dataset.id, dataset.classes[0].id, f"name {number}")
    assert not dataset.image_path(first).exists(), (
        "its action is forgotten, and nothing else needs it")
    monkeypatch.setattr(edits, "MOST_BYTES", 1)
    read = edits.delete_images(workspace, dataset.id, [dataset.images[1].id])
    assert len(read.actions) == 1


@pytest.mark.parametrize("finished", [False, True])
def test_pictures_of_a_run_stay_until_the_run_is_gone(home, workspace, dataset, finished):
    run = queued(home, dataset)
    (run.path.parent / "damaged").mkdir()
    if finished:
        runs.write_status(run, dataclasses.replace(run.status, state=RunState.COMPLETED))
    gone = [dataset.images[0].id, dataset.images[1].id]
    edits.delete_images(workspace, dataset.id, gone)
    assert edits.empty_trash(workspace, dataset.id) == 2
    assert all(dataset.image_path(image).is_file() for image in dataset.images)
    runs.delete(run)
    assert edits.empty_trash(workspace, dataset.id) == 0
    assert not dataset.image_path(dataset.images[0]).exists()


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", None, b'{"gone": 1, "changed": 2}'])
def test_a_damaged_undo_record_is_said_and_changes_nothing(workspace, dataset, damage):
    edits.delete_images(workspace, dataset.id, [dataset.images[0].id])
    (record,) = (dataset.path / "undo").iterdir()
    record.unlink()
    if damage is not None:
        record.write_bytes(damage)
    before = store.read(workspace, dataset.id)
    with pytest.raises(DatasetError, match="cannot be read"):
        edits.undo(workspace, dataset.id)
    assert store.read(workspace, dataset.id) == before
    edits.empty_trash(workspace, dataset.id)
    assert store.read(workspace, dataset.id).actions == ()


def test_a_kill_before_the_write_changes_nothing(workspace, dataset, monkeypatch):
    monkeypatch.setattr(store, "_write", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        edits.delete_images(workspace, dataset.id, [dataset.images[0].id])
    monkeypatch.undo()
    assert content(store.read(workspace, dataset.id)) == content(dataset)
    edits.empty_trash(workspace, dataset.id)
    assert not list((dataset.path / "undo").iterdir()), "the unused record is swept"


def test_a_record_of_the_version_before_still_reads(workspace, dataset):
    record = files.read_json(dataset.path / "dataset.json")
    for key in ("actions", "last_image", "last_class"):
        record.pop(key)
    for item in record["classes"]:
        item.pop("disabled")
    files.write_json(dataset.path / "dataset.json", record)
    assert content(store.read(workspace, dataset.id)) == content(dataset)
    edits.add_class(workspace, dataset.id, "new")
    assert store.read(workspace, dataset.id).classes[-1].id == "c4"


def test_copies_are_known_by_what_is_stored(workspace, dataset):
    """The same picture with other metadata has another original."""
    picture = dataset.images[0]
    other = next(item for item in dataset.classes if item.id != picture.class_id)
    copy = store.NewImage(kept(dataset.image_path(picture).read_bytes()),
                          other.name, "copy.png", "another original")
    store.add_images(workspace, dataset.id, [copy], [], 1)
    moved = edits.move_images(workspace, dataset.id, [picture.id], other.name)
    assert len(moved.images) == len(dataset.images)
    edits.undo(workspace, dataset.id)
    edits.delete_images(workspace, dataset.id, [picture.id])
    store.add_images(workspace, dataset.id,
                     [dataclasses.replace(copy, class_name=dataset.class_name(picture.class_id))],
                     [], 1)
    undone = edits.undo(workspace, dataset.id)
    files_of_class = [image.file for image in undone.members(picture.class_id)]
    assert len(files_of_class) == len(set(files_of_class)) == 4


def test_copies_that_a_record_of_before_holds_are_not_lost_by_undo(workspace, dataset):
    first = dataset.images[0]
    twin = dataclasses.replace(first, id="i99", original_sha256="another original")
    store.change(workspace, dataset.id,
                 lambda found: dataclasses.replace(found, images=(*found.images, twin)))
    before = store.read(workspace, dataset.id)
    for change in (lambda: edits.add_class(workspace, dataset.id, "x"),
                   lambda: edits.delete_class(workspace, dataset.id, first.class_id)):
        change()
        assert content(edits.undo(workspace, dataset.id)) == content(before)


def test_pictures_without_a_label_are_labelled_deleted_and_brought_back(home, workspace, dataset):
    source = dataset.image_path(dataset.images[0]).read_bytes()
    unlabelled = [store.NewImage(kept(source + bytes(number)), "",
                                 f"{number}.jpg", str(number) * 64) for number in (1, 2, 3)]
    added = store.add_images(workspace, dataset.id, [*unlabelled, unlabelled[0]], [], 4)
    assert (added.labelled, added.unlabelled, len(added.doubles)) == (0, 3, 1)
    before = store.read(workspace, dataset.id)
    assert before.images == dataset.images, "they are in no class"
    assert not {picture.id for picture in before.to_classify} & set(before.split())
    one, two, three = before.to_classify
    name = dataset.classes[1].name
    edits.move_images(workspace, dataset.id, [one.id], name)
    labelled = store.read(workspace, dataset.id)
    assert labelled.class_name(labelled.images[-1].class_id) == name
    assert labelled.to_classify == (two, three)
    edits.delete_images(workspace, dataset.id, [two.id])
    assert store.read(workspace, dataset.id).to_classify == (three,)
    edits.undo(workspace, dataset.id)
    undone = edits.undo(workspace, dataset.id)
    assert (undone.images, undone.to_classify) == (before.images, before.to_classify)
    edits.empty_trash(workspace, dataset.id)
    assert all(undone.image_path(picture).is_file() for picture in undone.all_images)


def test_a_picture_that_is_moved_stays_in_its_group(workspace, dataset):
    source = dataset.image_path(dataset.images[0]).read_bytes()
    names = [item.name for item in dataset.classes]
    store.add_images(workspace, dataset.id, [
        store.NewImage(kept(source + bytes(number + 1)), names[number % 2],
                       f"{number}.jpg", str(number) * 64, group=f"burst {number // 4}")
        for number in range(8)], [], 8)
    (moved,) = [item.id for item in store.read(workspace, dataset.id).images
                if item.name == "0.jpg"]
    after = edits.move_images(workspace, dataset.id, [moved], names[1])
    assert after.groups == {"burst 0", "burst 1"}
    assert next(item.group for item in after.images if item.id == moved) == "burst 0"
    for seed in range(8):
        divided = store.set_split(workspace, dataset.id, 0.3, 0.3, seed)
        sides: dict[str, set[str]] = {}
        for item in divided.images:
            if item.group:
                sides.setdefault(item.group, set()).add(divided.split()[item.id])
        assert all(len(side) == 1 for side in sides.values())
    rows = [row for row in divided.snapshot()["images"] if "group" in row]
    assert {row["group"] for row in rows} == after.groups
