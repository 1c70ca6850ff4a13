"""Image files added to one class."""

from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing
from tltools.images import read_file


def import_files(*, home: str, workspace: str, dataset: str | None, class_name: str, uploads: list[dict[str, str]],
                 title: str = "", progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Add uploaded pictures to a class, then remove the uploads. Result: see `importing.bring_in`.

    title: name of a new data set. uploads: [{"path": where the browser's bytes were put, "name": the file's own name}].
    """
    place, dataset_id = importing.target(home, workspace, dataset, title.strip() or "My pictures", "files")
    found = [importing.Found(item["name"], class_name, False, partial(read_file, Path(item["path"]), item["name"]))
             for item in uploads]
    try:
        return importing.finish(place, importing.bring_in(place, dataset_id, found, [], progress), dataset is None)
    finally:
        for item in uploads:
            Path(item["path"]).unlink(missing_ok=True)
