"""What people change by hand in a data set: its classes and its pictures. Every change
can be undone.

Owns the changes, the record of what each one replaced (`undo/<id>.json`) and the trash.
The record is written first, then `dataset.json`, which names it, in the one write that
makes the change; a kill in between leaves an unused file. Pictures are deleted softly:
their files stay in `images/` until no action that can be undone refers to them any
more, or a person empties the trash; and as long as a run was made with them, because a
run holds file names, no pictures.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock

from tltools import files, runs
from tltools.datasets import records, store
from tltools.datasets.names import needed_name
from tltools.datasets.records import Action, ClassRecord, Dataset, ImageRecord
from tltools.errors import DatasetError, NotFound, RecordError, TltoolsError
from tltools.settings import Workspace

MOST_ACTIONS = 25
MOST_BYTES = 1_000_000_000
"""What the trash may hold; over it the oldest actions are forgotten."""


def add_class(workspace: Workspace, dataset_id: str, name: str) -> ClassRecord:
    """Add a class. A name that another class has is refused with `DatasetError`."""
    wanted = needed_name(name)

    def edit(dataset: Dataset) -> Dataset:
        _refuse_taken(dataset, wanted)
        return records.with_classes(dataset, [wanted])

    return _change(workspace, dataset_id, lambda gone, moved: f"Class {wanted} added",
                   edit).classes[-1]


def rename_class(workspace: Workspace, dataset_id: str, class_id: str, name: str) -> Dataset:
    """Give a class another name; a name that another class has is refused with
    `DatasetError`."""
    wanted = needed_name(name)

    def edit(dataset: Dataset) -> Dataset:
        dataset.class_name(class_id)
        _refuse_taken(dataset, wanted, but=class_id)
        return dataclasses.replace(
            dataset, classes=tuple(
                dataclasses.replace(item, name=wanted) if item.id == class_id else item
                for item in dataset.classes))

    return _change(workspace, dataset_id, lambda gone, moved: f"Class renamed to {wanted}", edit)


def set_disabled(workspace: Workspace, dataset_id: str, class_ids: Collection[str],
                 disabled: bool) -> Dataset:
    """Leave classes out of training (their pictures stay), or take them in again."""
    def edit(dataset: Dataset) -> Dataset:
        return dataclasses.replace(
            dataset, classes=tuple(
                dataclasses.replace(item, disabled=disabled) if item.id in class_ids else item
                for item in dataset.classes))

    words = f"{_number(len(class_ids), 'class', 'classes')} switched {'off' if disabled else 'on'}"
    return _change(workspace, dataset_id, lambda gone, moved: words, edit)


def delete_class(workspace: Workspace, dataset_id: str, *class_ids: str) -> Dataset:
    """Delete classes and their pictures. Raises `NotFound` for one that is not there.
    """
    def edit(dataset: Dataset) -> Dataset:
        for class_id in class_ids:
            dataset.class_name(class_id)
        return dataclasses.replace(
            dataset, classes=tuple(item for item in dataset.classes if item.id not in class_ids),
            images=tuple(image for image in dataset.images if image.class_id not in class_ids))

    words = f"{_number(len(class_ids), 'class', 'classes')} deleted"
    return _change(workspace, dataset_id,
                   lambda gone, moved: f"{words} with {_number(gone, 'picture')}", edit)


def merge_classes(workspace: Workspace, dataset_id: str, class_ids: Collection[str],
                  into: str) -> Dataset:
    """Move all pictures of some classes into one class (a class id; it may be among
    them), and delete the others.

    A picture that the class has already is not kept twice. Raises `NotFound`, and
    `DatasetError` for fewer than two.
    """
    others = [class_id for class_id in class_ids if class_id != into]
    if not others:
        raise DatasetError("Received one class.", "Choose at least two classes to merge.")

    def edit(dataset: Dataset) -> Dataset:
        for class_id in (*others, into):
            dataset.class_name(class_id)
        moved = {image.id for image in dataset.images if image.class_id in others}
        dataset = _moved(dataset, moved, into)
        return dataclasses.replace(
            dataset, classes=tuple(item for item in dataset.classes if item.id not in others))

    words = f"{len(others) + 1} classes merged"
    return _change(workspace, dataset_id, lambda gone, moved: words + _doubles(gone), edit)


def delete_images(workspace: Workspace, dataset_id: str, image_ids: Iterable[str]) -> Dataset:
    """Delete pictures by id, also those without a label; ids that are not there are
    passed over."""
    unwanted = set(image_ids)

    def edit(dataset: Dataset) -> Dataset:
        return records.with_images(dataset, (image for image in dataset.all_images
                                           if image.id not in unwanted))

    return _change(workspace, dataset_id, lambda gone, moved: f"{_number(gone, 'picture')} deleted",
                   edit)


def move_images(workspace: Workspace, dataset_id: str, image_ids: Iterable[str],
                class_name: str) -> Dataset:
    """Move pictures, also those without a label, to the class of this name (large or
    small letters do not matter), which is made if it is not there.

    A picture that the class has already is not kept twice; ids that are not there are
    passed over.
    """
    chosen = set(image_ids)
    wanted = needed_name(records.meant_name(store.read(workspace, dataset_id), class_name))

    def edit(dataset: Dataset) -> Dataset:
        dataset = records.with_classes(dataset, [wanted])
        return _moved(dataset, chosen,
                      next(item.id for item in dataset.classes if item.name == wanted))

    return _change(
        workspace, dataset_id,
        lambda gone, moved: f"{_number(moved, 'picture')} moved to {wanted}" + _doubles(gone), edit)


def undo(workspace: Workspace, dataset_id: str, action_id: str | None = None) -> Dataset:
    """Undo the last action. action_id: do it only if this is still the last one, so
    that two clicks undo one action.

    Classes and pictures that came by other ways since then stay. Raises `DatasetError`
    if there is nothing to undo.
    """
    done: list[Action] = []

    def edit(dataset: Dataset) -> Dataset:
        if not dataset.actions:
            raise DatasetError("There is nothing to undo.",
                               "Only changes made by hand can be undone.")
        last = dataset.actions[-1]
        if action_id not in (None, last.id):
            return dataset
        try:
            record = files.read_json(_record(dataset, last.id))
            restored = _restored(dataset, record)
        except (OSError, RecordError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetError(
                "What this change replaced cannot be read any more.",
                "Empty the trash to forget it; the data set stays as it is.") from error
        done.append(last)
        return dataclasses.replace(restored, actions=dataset.actions[:-1])

    dataset = store.change(workspace, dataset_id, edit)
    _forget(dataset, done)
    return dataset


def empty_trash(workspace: Workspace, dataset_id: str) -> int:
    """Forget what could be undone and delete the pictures that nothing else needs.

    Returns how many deleted pictures' files stay because runs were made with them; they
    go when those runs are deleted and the trash is emptied again.
    """
    store.change(workspace, dataset_id, lambda dataset: dataclasses.replace(dataset, actions=()))
    return _sweep(workspace, dataset_id)


def _change(workspace: Workspace, dataset_id: str, what: Callable[[int, int], str],
            edit: Callable[[Dataset], Dataset]) -> Dataset:
    """Edit the data set in one write, and make that an action that can be undone;
    nothing changed is no action.

    what: the action in words, from how many pictures were removed and how many moved.
    """
    dropped: list[Action] = []

    def remember(dataset: Dataset) -> Dataset:
        after = edit(dataset)
        record = _difference(dataset, after)
        if not record:
            return dataset
        size = sum(_size(dataset.path / "images" / item["file"]) for item in record["removed"])
        gone, moved = len(record["removed"]), len(record["moved"])
        action = Action(files.new_id(), what(gone, moved), files.now(), gone, size)
        files.write_json(_record(dataset, action.id), record)
        actions = [*dataset.actions, action]
        while len(actions) > MOST_ACTIONS or (
                len(actions) > 1 and sum(item.bytes for item in actions) > MOST_BYTES):
            dropped.append(actions.pop(0))
        return dataclasses.replace(after, actions=tuple(actions))

    dataset = store.change(workspace, dataset_id, remember)
    _forget(dataset, dropped)
    if any(action.pictures for action in dropped):
        _sweep(workspace, dataset_id)
    return dataset


def _difference(before: Dataset, after: Dataset) -> dict[str, Any]:
    """What undoing needs: the order of the classes, those gone, changed and new, the
    pictures removed and moved."""
    old, new = ({item.id: item for item in dataset.classes} for dataset in (before, after))
    now = {image.id: image.class_id for image in after.all_images}
    record: dict[str, Any] = {
        "gone": [dataclasses.asdict(item) for item in before.classes if item.id not in new],
        "changed": [
            dataclasses.asdict(item) for item in before.classes
            if item.id in new and new[item.id] != item
        ],
        "added": [class_id for class_id in new if class_id not in old],
        "removed": [
            dataclasses.asdict(image) for image in before.all_images if image.id not in now
        ],
        "moved": {
            image.id: image.class_id for image in before.all_images
            if now.get(image.id, image.class_id) != image.class_id
        },
    }
    return {**record, "format": 1, "order": list(old)} if any(record.values()) else {}


def _restored(dataset: Dataset, record: dict[str, Any]) -> Dataset:
    """The data set with one difference taken back."""
    classes = {item.id: item for item in dataset.classes}
    back = {item["id"]: ClassRecord(**item) for item in (*record["gone"], *record["changed"])}
    taken = {item.name for item in dataset.classes if item.id not in back}
    for item in back.values():
        name, number = item.name, 2
        while name in taken:  # an import has made a class of this name since
            name, number = f"{item.name} ({number})", number + 1
        taken.add(name)
        classes[item.id] = dataclasses.replace(item, name=name)
    moved = record["moved"]
    stayed = [image for image in dataset.all_images if image.id not in moved]
    returning = [dataclasses.replace(image, class_id=moved[image.id])
                 for image in dataset.all_images if image.id in moved]
    there = {image.id for image in dataset.all_images}
    returning += [
        image for image in map(records.image_record, record["removed"])
        if image.id not in there
    ]
    # a copy may have come since; copies that were there together return together
    known = {(image.class_id, image.file) for image in stayed}
    images = [*stayed, *(image for image in returning if (image.class_id, image.file) not in known)]
    images = sorted((image for image in images if image.class_id in {*classes, ""}),
                    key=_image_number)
    used = {image.class_id for image in images}
    for class_id in record["added"]:
        if class_id not in used:  # one that has pictures from elsewhere by now stays
            classes.pop(class_id, None)
    place = {class_id: number for number, class_id in enumerate(record["order"])}
    ordered = sorted(classes.values(), key=lambda item: place.get(item.id, len(place)))
    return records.with_images(dataclasses.replace(dataset, classes=tuple(ordered)), images)


def _moved(dataset: Dataset, image_ids: set[str], class_id: str) -> Dataset:
    """The data set with these pictures in a class; those that it has already are left
    out."""
    there = {
        image.file for image in dataset.images
        if image.class_id == class_id and image.id not in image_ids
    }
    result = []
    for image in dataset.all_images:
        if image.id in image_ids:
            if image.file in there:
                continue
            there.add(image.file)
            image = dataclasses.replace(image, class_id=class_id)
        result.append(image)
    return records.with_images(dataset, sorted(result, key=_image_number))


def _sweep(workspace: Workspace, dataset_id: str) -> int:
    """Delete the files that neither the data set, nor an action, nor a run refers to;
    how many stay only for runs."""
    path = workspace.dataset(dataset_id)
    if not path.is_dir():
        raise NotFound("There is no such data set; it may have been deleted.",
                       "Choose one from the list.")
    with FileLock(path / "lock", timeout=30):
        dataset = store.read(workspace, dataset_id)
        known = {action.id for action in dataset.actions}
        for file in (path / "undo").glob("*.json"):
            if file.stem not in known:
                file.unlink(missing_ok=True)
        needed = {image.file for image in dataset.all_images}
        for action in dataset.actions:
            needed |= _files_of(_record(dataset, action.id))
        of_runs = _files_of_runs(workspace, dataset) - needed
        kept = 0
        for file in (path / "images").glob(f"*.{store.EXTENSION}"):
            if file.name in of_runs:
                kept += 1
            elif file.name not in needed:
                file.unlink(missing_ok=True)
                (path / "thumbnails" / file.name).unlink(missing_ok=True)
    return kept


def _forget(dataset: Dataset, done: Iterable[Action]) -> None:
    for action in done:
        _record(dataset, action.id).unlink(missing_ok=True)


def _record(dataset: Dataset, action_id: str) -> Path:
    return dataset.path / "undo" / f"{action_id}.json"


def _files_of(path: Path) -> set[str]:
    try:
        return {item["file"] for item in files.read_json(path)["removed"]}
    except (OSError, RecordError, KeyError, TypeError):
        return set()


def _files_of_runs(workspace: Workspace, dataset: Dataset) -> set[str]:
    found: set[str] = set()
    for run in runs.list_runs(workspace):
        try:
            snapshot = run.dataset()
            if snapshot.get("id") == dataset.id:
                found |= {str(row["file"]) for row in snapshot["images"]}
        except (TltoolsError, OSError, KeyError, TypeError):
            continue  # a damaged run cannot go on, and shows no pictures
    return found


def _refuse_taken(dataset: Dataset, name: str, but: str = "") -> None:
    other = records.class_called(dataset, name)
    if other is not None and other.id != but:
        raise DatasetError(
            "Another class has this name"
            + ("." if other.name == name else f", written {other.name}."),
            "Choose a name of its own, or merge the two classes.")


def _image_number(image: ImageRecord) -> int:
    return int(image.id[1:])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _doubles(count: int) -> str:
    return f"; {_number(count, 'picture')} that it had already left out" if count else ""
