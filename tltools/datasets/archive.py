"""A ZIP archive whose folders are the classes."""

from functools import partial
from pathlib import Path
from typing import Any

from tltools import archives, files
from tltools.datasets import importing
from tltools.datasets.store import Skipped
from tltools.errors import DatasetError


def import_archive(*, home: str, workspace: str, dataset: str | None, path: str, name: str, remove: bool = False,
                   progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Import an archive into a new or an existing data set. Result: see `importing.bring_in`.

    path: where it lies; name: its own name. remove: it is an upload, to be removed afterwards.
    """
    try:
        with archives.open_checked(Path(path), name) as archive:
            entries = {entry.parts: entry for entry in archive.entries if not importing.ignored(entry.parts)}
            refused = [Skipped(item.name, item.reason) for item in archive.refused]
            if not entries and not refused:
                raise DatasetError(f"{name} holds no files.", "Pack one folder per class into it.")
            labels = importing.classes_of(entries)
            found = [importing.Found(entry.name, labels[parts][0], labels[parts][1], partial(archive.read, entry))
                     for parts, entry in sorted(entries.items())]
            stem = name.rsplit(".", 1)[0] or name
            place, dataset_id = importing.target(home, workspace, dataset, stem, f"ZIP archive {name}")
            result = importing.bring_in(place, dataset_id, found, refused, progress)
        return importing.finish(place, result, dataset is None)
    finally:
        if remove:
            Path(path).unlink(missing_ok=True)
