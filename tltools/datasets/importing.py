"""What all sources share: folders are classes, pictures are stored in small batches,
what is left out is named.

Owns the reading of a folder layout and the batching. An import that is killed leaves a
data set with what had been stored so far.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import store
from tltools.errors import DatasetError, ImageError, InputError
from tltools.images import store_form
from tltools.settings import Home, Workspace

BATCH = 16
_SYSTEM = {
    "__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin",
    "system volume information"
}
_TRAIN = {"train", "training", "val", "validation", "valid"}
TEST_FOLDERS = {"test", "testing"}


@dataclass(frozen=True)
class Found:
    """One file in a layout: how to read it, its shown name, its class and whether it
    lies in a test folder."""

    name: str
    class_name: str
    test: bool
    read: Callable[[], bytes]


def ignored(parts: tuple[str, ...]) -> bool:
    """Whether a path is hidden or belongs to an operating system."""
    return any(part.startswith(".") or part.lower() in _SYSTEM for part in parts)


def classes_of(paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, bool]]:
    """(class name, in a test folder) for each path, by the folders above it.

    The folder that holds a file is its class. Above the classes may stand one extra
    level, and `train/` (or `val/`) and `test/`; deeper folders below a class belong to
    it. A file with no folder of its own has the class "".
    """
    folders = {path: path[:-1] for path in paths}
    depth = 0
    while folders and all(len(folder) > depth + 1 for folder in folders.values()) \
            and len({folder[depth] for folder in folders.values()}) == 1 \
            and next(iter(folders.values()))[depth].lower() not in _TRAIN | TEST_FOLDERS:
        depth += 1  # one wrapping folder (or several) above all the rest
    result = {}
    for path, folder in folders.items():
        rest, test = folder[depth:], False
        if len(rest) > 1 and rest[0].lower() in _TRAIN | TEST_FOLDERS:
            test, rest = rest[0].lower() in TEST_FOLDERS, rest[1:]
        result[path] = (rest[0] if rest else "", test)
    return result


def in_class_folders(paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether the folders above pictures can be classes: at least two that are called
    neither train nor test."""
    names = {class_name.lower() for class_name, _ in classes_of(paths).values()}
    return len(names - _TRAIN - TEST_FOLDERS - {""}) >= 2


def in_test_folder(parts: tuple[str, ...]) -> bool:
    """Whether a picture lies in a test folder, where folders are no classes."""
    return any(part.lower() in TEST_FOLDERS for part in parts[:-1])


def target(home: str, workspace: str, dataset: str | None, name: str,
           source: str) -> tuple[Workspace, str]:
    """The workspace and the data set to add to; a new data set if `dataset` is None."""
    place = Home(Path(home)).workspace(workspace)
    return place, dataset or store.create(place, name, source).id


def bring_in(workspace: Workspace, dataset_id: str, found: list[Found],
             refused: list[store.Skipped], progress: files.Progress) -> dict[str, Any]:
    """Decode and store every file; returns {"dataset", "used", "found", "skipped":
    [{"file", "reason"}]}.

    Raises `DatasetError` if nothing at all could be used; a data set that was made for
    this import is then removed.
    """
    if not found and not refused:
        raise DatasetError("No files were found.",
                           "Put the pictures of each class into a folder of its own.")
    skipped, used, total = list(refused), 0, len(found)
    pending_notes = list(refused)
    batch: list[store.NewImage] = []
    for number, item in enumerate(found):
        progress(number, total, item.name)
        try:
            if not item.class_name:
                raise ImageError(f"{item.name} lies in no class folder.", "Put it into one.")
            data = item.read()
            batch.append(
                store.NewImage(store_form(data, item.name), item.class_name, item.name,
                               files.sha256(data), item.test))
        except InputError as error:
            note = store.Skipped(item.name, str(error))
            skipped.append(note)
            pending_notes.append(note)
        if len(batch) >= BATCH or number + 1 == total:
            doubles = store.add_images(workspace, dataset_id, batch, pending_notes,
                                       len(batch) + len(pending_notes))
            skipped += doubles
            used += len(batch) - len(doubles)
            batch, pending_notes = [], []
    progress(total, total, "")
    if not total:
        store.add_images(workspace, dataset_id, [], pending_notes, len(pending_notes))
    return {"dataset": dataset_id, "used": used, "found": total + len(refused),
            "skipped": [{"file": note.file, "reason": note.reason} for note in skipped]}


def finish(workspace: Workspace, result: dict[str, Any], made_here: bool) -> dict[str, Any]:
    """Raise `DatasetError` (and remove the empty data set) if an import brought
    nothing; else return `result`."""
    if result["used"] == 0 and made_here:
        store.delete(workspace, result["dataset"])
        first = result["skipped"][0]["reason"] if result["skipped"] else "No pictures were found."
        raise DatasetError(f"None of {result['found']} files could be used. {first}",
                           "The folders must be the classes, with pictures in them.")
    return result
