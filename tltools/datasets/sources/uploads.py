"""Image files from a browser: added to one class, or with classes from their folders or
a CSV file of labels."""

from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing, labels, store
from tltools.datasets.store import Skipped
from tltools.errors import DatasetError
from tltools.images import read_file


def import_files(*, home: str, workspace: str, dataset: str | None, class_name: str,
                 uploads: list[dict[str, str]], title: str = "",
                 progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Add uploaded pictures to a class, then remove the uploads. Result: see
    `importing.bring_in`.

    class_name: of a new class or of one that is there (large or small letters do not
    matter). title: name of a new data set. uploads: [{"path": where the browser's bytes
    were put, "name": the file's own name}].
    """
    place, dataset_id = importing.target(home, workspace, dataset,
                                         title.strip() or "My pictures", "files")
    class_name = store.meant_name(store.read(place, dataset_id), class_name)
    found = [
        importing.Found(item["name"], class_name, "", "",
                        partial(read_file, Path(item["path"]), item["name"])) for item in uploads
    ]
    try:
        return importing.finish(place, importing.bring_in(place, dataset_id, found, [], progress),
                                dataset is None)
    finally:
        for item in uploads:
            Path(item["path"]).unlink(missing_ok=True)


def import_tree(*, home: str, workspace: str, dataset: str | None, uploads: list[dict[str, str]],
                csv: dict[str, str] | None = None, title: str = "",
                progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Add uploads whose names hold folders (a dropped folder), or that a file of labels
    names; then remove all of them.

    uploads, title: as `import_files`; csv: {"path", "name"}, else one among the
    uploads. Result: `importing.bring_in`.
    """
    everything, refused = {}, []
    try:
        for item in uploads:
            parts = tuple(part for part in item["name"].replace("\\", "/").split("/")
                          if part not in ("", "."))
            if importing.ignored(parts):
                continue
            if parts in everything or not parts:
                refused.append(Skipped(item["name"], "another file has the same name"))
            else:
                everything[parts] = partial(read_file, Path(item["path"]), item["name"])
        if not everything and not refused:
            raise DatasetError("The folder holds no files.",
                               "Put the pictures of each class into a folder of its own.")
        given = labels.read(csv) if csv else None
        wrapping = {parts[0] for parts in everything if len(parts) > 1}
        name = title.strip() or (wrapping.pop() if len(wrapping) == 1 else "My pictures")
        place, dataset_id = importing.target(home, workspace, dataset, name,
                                             "folder" if csv is None else "files with a CSV")
        result = labels.bring_in(place, dataset_id, everything, refused, given, progress)
        return importing.finish(place, result, dataset is None)
    finally:
        for item in [*uploads, *([csv] if csv else [])]:
            Path(item["path"]).unlink(missing_ok=True)
