"""Data sets on disk: `<workspace>/datasets/<id>/` with `dataset.json`,
`images/<sha256>.jpg` and `thumbnails/`.

Owns the files and their safe change by several processes. Leaves what stands in a
record to `records`, decoding to `images`, and what people change by hand (with undo) to
`edits`. Class names are text of any kind; only ids and hashes become file names.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from tltools import files
from tltools.datasets import splits
from tltools.datasets.names import clean_name, needed_name
from tltools.datasets.records import (
    Action,
    ClassRecord,
    Dataset,
    ImageRecord,
    Skipped,
    image_record,
    with_classes,
    with_images,
)
from tltools.errors import DatasetError, NotFound, RecordError
from tltools.images import EXTENSION, StoredImage
from tltools.settings import Workspace
from tltools.wording import percent

FORMAT = 2
"""1 knew test folders only, no parts, groups and pictures without a label."""
MAX_SKIPPED = 500
SAME_PICTURE = "the same picture is in this class already"


def create(workspace: Workspace, name: str, source: str = "") -> Dataset:
    """Make an empty data set and return it."""
    dataset_id = files.new_id()
    path = workspace.dataset(dataset_id)
    dataset = Dataset(dataset_id, path, clean_name(name) or "Pictures", files.now(), source)
    path.mkdir(parents=True)
    try:
        _write(dataset)
    except OSError:  # a full disk: a folder without a record would look damaged
        files.remove_tree(path)
        raise
    return dataset


def read(workspace: Workspace, dataset_id: str) -> Dataset:
    """The data set with this id. Raises `NotFound`, or `RecordError` if its record is
    damaged."""
    return _read(workspace.dataset(dataset_id))


def list_datasets(workspace: Workspace) -> list[Dataset]:
    """All data sets, the newest first; damaged ones are in the list, with `damaged`
    set."""
    if not workspace.datasets.is_dir():
        return []
    found = []
    for path in workspace.datasets.iterdir():
        if path.is_dir() and not path.name.startswith("."):
            try:
                found.append(_read(path))
            except RecordError as error:
                found.append(Dataset(path.name, path, path.name, damaged=error.problem.reason))
    return sorted(found, key=lambda dataset: (dataset.created, dataset.id), reverse=True)


def change(workspace: Workspace, dataset_id: str, edit: Callable[[Dataset], Dataset]) -> Dataset:
    """Read, edit and replace the record while no other process can; returns the new
    state."""
    path = workspace.dataset(dataset_id)
    if not path.is_dir():
        raise NotFound("There is no such data set; it may have been deleted.",
                       "Choose one from the list.")
    with FileLock(path / "lock", timeout=30):
        # never from memory: a write must not build on an old record
        dataset = edit(_parsed.__wrapped__(path, 0, 0, 0))
        _write(dataset)
    return dataset


def rename(workspace: Workspace, dataset_id: str, name: str) -> Dataset:
    """Give the data set another name."""
    return change(workspace, dataset_id,
                  lambda dataset: dataclasses.replace(dataset, name=needed_name(name)))


def delete(workspace: Workspace, dataset_id: str) -> None:
    """Delete the data set and its pictures; finished runs keep their models."""
    files.remove_tree(workspace.dataset(dataset_id))


def set_split(workspace: Workspace, dataset_id: str, validation: float, test: float,
              seed: int) -> Dataset:
    """Choose the shares (0..0.5 each) and the seed of the split."""
    if not (0 <= validation <= 0.5 and 0 <= test <= 0.5):
        raise DatasetError(f"Received shares of {percent(validation, 0)} and {percent(test, 0)}.",
                           "Choose 0 to 50 % each.")
    return change(workspace, dataset_id, lambda dataset: dataclasses.replace(
        dataset, validation=validation, test=test, seed=int(seed), split_rule=splits.RULE))


def set_window(workspace: Workspace, dataset_id: str, window: tuple[float, float]) -> Dataset:
    """Decide which values of deep pictures become black and white (`images.depths`),
    for all that come from now on."""
    return change(workspace, dataset_id,
                  lambda dataset: dataclasses.replace(dataset, window=window))


@dataclass(frozen=True)
class NewImage:
    """A picture on its way into a data set: stored form, class name ("": without a
    label), outside name and hash; part and group as in `ImageRecord`."""

    stored: StoredImage
    class_name: str
    name: str
    original_sha256: str
    part: str = ""
    group: str = ""


class Added(NamedTuple):
    """What `add_images` has done: pictures that are new in a class, new ones without a
    label, and those left out because they were there."""

    labelled: int
    unlabelled: int
    doubles: list[Skipped]


def add_images(workspace: Workspace, dataset_id: str, images: list[NewImage],
               skipped: list[Skipped], found: int) -> Added:
    """Store pictures, then record them in one step. Those that their class has already,
    with whatever metadata they were saved, are left out.

    The files are written first: a kill in between leaves unused files, never a record
    without its picture. They are written under the lock, so that nobody who empties the
    trash takes them for unused.
    """
    doubles: list[Skipped] = []
    added: list[ImageRecord] = []

    def edit(dataset: Dataset) -> Dataset:
        stored = _store(dataset.path, images)
        names = [clean_name(image.class_name) for image in images]
        dataset = with_classes(dataset, [name for name in names if name])
        ids = {item.name: item.id for item in dataset.classes} | {"": ""}
        before = dataset.all_images
        known = {(image.class_id, image.file) for image in before}
        number = max((int(image.id[1:]) for image in before), default=0)
        number = max(number, dataset.last_image)
        for image, name, file in zip(images, names, stored, strict=True):
            if (ids[name], file) in known:
                doubles.append(Skipped(image.name, SAME_PICTURE))
                continue
            known.add((ids[name], file))
            number += 1
            added.append(
                ImageRecord(f"i{number}", file, ids[name], image.name, image.original_sha256,
                            image.stored.width, image.stored.height, image.part, image.group))
        notes = (*dataset.skipped, *skipped, *doubles)[-MAX_SKIPPED:]
        return dataclasses.replace(with_images(dataset, (*before, *added)), skipped=notes,
                                   found=dataset.found + found, last_image=number)

    change(workspace, dataset_id, edit)
    labelled = sum(bool(image.class_id) for image in added)
    return Added(labelled, len(added) - labelled, doubles)


def _store(path: Path, images: list[NewImage]) -> list[str]:
    """Write the files of pictures that are not there yet; the names of all, in order.
    """
    names = [f"{files.sha256(image.stored.data)}.{EXTENSION}" for image in images]
    new = {name: image for name, image in zip(names, images, strict=True)
           if not (path / "images" / name).exists()}
    # the small ones first: where the picture is there, so is its thumbnail
    files.write_many({path / "thumbnails" / name: image.stored.small
                      for name, image in new.items()})
    files.write_many({path / "images" / name: image.stored.data for name, image in new.items()})
    return names


def _window(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value
    return float(low), float(high)


def _write(dataset: Dataset) -> None:
    record = dataclasses.asdict(dataset)
    for key in ("path", "damaged"):
        record.pop(key)
    files.write_json(dataset.path / "dataset.json", {"format": FORMAT, **record})


def _read(path: Path) -> Dataset:
    """The record as it is now; one that has not been replaced since is not parsed again
    (5,000 pictures: 40 ms)."""
    if not path.is_dir():
        raise NotFound("There is no such data set; it may have been deleted.",
                       "Choose one from the list.")
    try:
        facts = (path / "dataset.json").stat()
    except OSError as error:
        raise RecordError("dataset.json is damaged or missing.",
                          "Everything else stays usable.") from error
    return _parsed(path, facts.st_mtime_ns, facts.st_ino, facts.st_size)


@lru_cache(maxsize=16)
def _parsed(path: Path, changed: int, inode: int, size: int) -> Dataset:
    try:
        record = files.read_json(path / "dataset.json")
        files.check_format(record, FORMAT, "dataset.json")
        return Dataset(id=path.name, path=path, name=str(record["name"]),
                       created=float(record["created"]), source=str(record.get("source", "")),
                       found=int(record.get("found", 0)),
                       classes=tuple(ClassRecord(**item) for item in record["classes"]),
                       images=tuple(map(image_record, record["images"])),
                       skipped=tuple(Skipped(**item) for item in record.get("skipped", ())),
                       validation=float(record["validation"]), test=float(record["test"]),
                       seed=int(record["seed"]),
                       split_rule=int(record.get("split_rule", 1)),
                       actions=tuple(Action(**item) for item in record.get("actions", ())),
                       last_image=int(record.get("last_image", 0)),
                       last_class=int(record.get("last_class", 0)),
                       to_classify=tuple(map(image_record, record.get("to_classify", ()))),
                       window=_window(record.get("window")))
    except RecordError:
        raise
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError("dataset.json is damaged or missing.",
                          "Everything else stays usable.") from error
