"""A ZIP archive whose folders are the classes, or with a CSV file of labels in it or
beside it."""

from functools import partial
from pathlib import Path
from typing import Any

from tltools import files
from tltools.datasets import archives, importing, labels
from tltools.datasets.store import Skipped
from tltools.errors import DatasetError


def import_archive(*, home: str, workspace: str, dataset: str | None, path: str, name: str,
                   remove: bool = False, csv: dict[str, str] | None = None,
                   progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Import an archive into a new or an existing data set. Result: see
    `importing.bring_in`.

    path: where it lies; name: its own name. remove: it and the CSV are uploads, to be
    removed afterwards. csv: a file of labels ({"path", "name"}); without it, one in the
    archive is used where the pictures lie in no class folders.
    """
    try:
        with archives.open_checked(Path(path), name) as archive:
            entries = {
                entry.parts: entry for entry in archive.entries
                if not importing.ignored(entry.parts)
            }
            refused = [Skipped(item.name, item.reason) for item in archive.refused]
            if not entries and not refused:
                raise DatasetError(f"{name} holds no files.", "Pack one folder per class into it.")
            everything = {parts: partial(archive.read, entry) for parts, entry in entries.items()}
            given = labels.read(csv) if csv else None
            stem = name.rsplit(".", 1)[0] or name
            place, dataset_id = importing.target(home, workspace, dataset, stem,
                                                 f"ZIP archive {name}")
            result = labels.bring_in(place, dataset_id, everything, refused, given, progress)
        return importing.finish(place, result, dataset is None)
    finally:
        if remove:
            for item in (path, csv["path"] if csv else path):
                Path(item).unlink(missing_ok=True)
