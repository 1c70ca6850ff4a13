"""Files of a browser as a source: by the paths that they had in a dropped folder, or
all into one class."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing, records, store
from tltools.datasets.reading.words import Path as Parts
from tltools.datasets.reading.words import ignored
from tltools.datasets.records import Skipped
from tltools.errors import DatasetError
from tltools.images import read_file_or_video


def opened(uploads: Iterable[Mapping[str, str]]) -> tuple[
        dict[Parts, Callable[[], bytes]], list[Skipped]]:
    """Uploads by their paths in parts, and what is refused; raises `DatasetError` for
    none.

    uploads: [{"path": where the browser's bytes were put, "name": the file's own name,
    with the folders that it lay in}].
    """
    found: dict[Parts, Callable[[], bytes]] = {}
    refused: list[Skipped] = []
    for item in uploads:
        parts = tuple(part for part in item["name"].replace("\\", "/").split("/")
                      if part not in ("", "."))
        if ignored(parts):
            continue
        if parts in found or not parts:
            refused.append(Skipped(item["name"], "Another file has the same name."))
        else:
            found[parts] = partial(read_file_or_video, Path(item["path"]), item["name"])
    if not found and not refused:
        raise DatasetError("The folder holds no files.",
                           "Put the pictures of each class into a folder of its own.")
    return found, refused


def import_files(*, home: str, workspace: str, dataset: str | None, class_name: str,
                 uploads: list[dict[str, str]], title: str = "",
                 progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Add uploaded pictures to a class, then remove the uploads. Result: see
    `importing.bring_in`.

    class_name: of a new class or of one that is there (large or small letters do not
    matter). title: name of a new data set. uploads: as `opened`.
    """
    place, dataset_id = importing.target(home, workspace, dataset,
                                         title.strip() or "My pictures", "files")
    class_name = records.meant_name(store.read(place, dataset_id), class_name)
    found = [
        importing.Found(item["name"], class_name, "", "",
                        partial(read_file_or_video, Path(item["path"]), item["name"]))
        for item in uploads
    ]
    try:
        return importing.finish(place, importing.bring_in(place, dataset_id, found, [], progress),
                                dataset is None)
    finally:
        for item in uploads:
            Path(item["path"]).unlink(missing_ok=True)
