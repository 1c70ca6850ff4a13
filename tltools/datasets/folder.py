"""A folder on the machine that runs the app, whose folders are the classes."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing
from tltools.datasets.store import Skipped
from tltools.errors import DatasetError
from tltools.images import read_file
from tltools.settings import LIMITS


def import_folder(*, home: str, workspace: str, dataset: str | None, folder: str,
                  progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Import a folder tree; nothing in it is changed. Result: see `importing.bring_in`.

    Links to other places are not followed and are named among the skipped. Raises `DatasetError` for what is no folder.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DatasetError("There is no such folder on the machine that runs the app.", "Check how it is written.")
    paths, refused = _files(root)
    labels = importing.classes_of(paths)
    found = [importing.Found("/".join(parts), *labels[parts], partial(read_file, root.joinpath(*parts)))
             for parts in sorted(paths)]
    place, dataset_id = importing.target(home, workspace, dataset, root.resolve().name, f"folder {root.name}")
    return importing.finish(place, importing.bring_in(place, dataset_id, found, refused, progress), dataset is None)


def _files(root: Path) -> tuple[list[tuple[str, ...]], list[Skipped]]:
    paths: list[tuple[str, ...]] = []
    refused: list[Skipped] = []
    for here, folders, names in os.walk(root):
        above = Path(here).relative_to(root).parts
        folders[:] = sorted(name for name in folders if not importing.ignored((name,)))
        for name in sorted(names):
            parts = (*above, name)
            if importing.ignored((name,)):
                continue
            if Path(here, name).is_symlink():
                refused.append(Skipped("/".join(parts), "it is a link to another place"))
            else:
                paths.append(parts)
        if len(paths) > LIMITS.archive_entries:
            raise DatasetError(f"The folder holds more than {LIMITS.archive_entries:,} files.", "Choose a smaller one.")
    return paths, refused
