"""A folder on the machine that runs the app, whose folders are the classes, or with a
CSV file of labels."""

import os
from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import importing, labels
from tltools.datasets.store import Skipped
from tltools.errors import DatasetError
from tltools.images import read_file
from tltools.settings import LIMITS


def import_folder(*, home: str, workspace: str, dataset: str | None, folder: str,
                  csv: dict[str, str] | None = None,
                  progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Import a folder tree; nothing in it is changed. Result: see `importing.bring_in`.

    csv: a file of labels ({"path", "name"}); without it, one in the folder is used
    where there are no class folders. Links to other places are not followed and are
    named among the skipped. Raises `DatasetError` for what is no folder.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DatasetError("There is no such folder on the machine that runs the app.",
                           "Check how it is written.")
    paths, refused = _files(root)
    everything = {parts: partial(read_file, root.joinpath(*parts)) for parts in paths}
    given = labels.read(csv) if csv else None
    place, dataset_id = importing.target(home, workspace, dataset, root.resolve().name,
                                         f"folder {root.name}")
    result = labels.bring_in(place, dataset_id, everything, refused, given, progress)
    return importing.finish(place, result, dataset is None)


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
            raise DatasetError(f"The folder holds more than {LIMITS.archive_entries:,} files.",
                               "Choose a smaller one.")
    return paths, refused
