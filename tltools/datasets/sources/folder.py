"""A folder of the machine that runs the app as a source; nothing in it is changed."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tltools.datasets.reading.words import Path as Parts
from tltools.datasets.reading.words import ignored
from tltools.datasets.records import Skipped
from tltools.errors import DatasetError
from tltools.images import read_file_or_video
from tltools.settings import LIMITS


def opened(folder: str) -> tuple[Path, dict[Parts, Callable[[], bytes]], list[Skipped]]:
    """The folder, its files by their paths below it, and what is refused.

    Links to other places are not followed and are named among the refused. Names that
    are no UTF-8 (old disks) are shown as Windows-1252. Raises `DatasetError` for what
    is no folder, or holds too many files.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise DatasetError("There is no such folder on the machine that runs the app.",
                           "Check how it is written.")
    files: dict[Parts, Callable[[], bytes]] = {}
    refused: list[Skipped] = []
    for here, folders, names in os.walk(root):
        above = Path(here).relative_to(root).parts
        for name in sorted(folders):
            if Path(here, name).is_symlink() and not ignored((name,)):
                refused.append(Skipped(_shown((*above, name)), "It is a link to another place."))
        folders[:] = sorted(name for name in folders if not ignored((name,)))
        for name in sorted(names):
            parts = tuple(map(text_of, (*above, name)))
            if ignored((name,)):
                continue
            if Path(here, name).is_symlink():
                refused.append(Skipped(_shown(parts), "It is a link to another place."))
            elif parts in files:
                refused.append(Skipped(_shown(parts), "Another file has the same name."))
            else:
                files[parts] = partial(read_file_or_video, Path(here, name), parts[-1])
        if len(files) > LIMITS.archive_entries:
            raise DatasetError(f"The folder holds more than {LIMITS.archive_entries:,} files.",
                               "Choose a smaller one.")
    return root, files, refused


def text_of(name: str) -> str:
    """A name of the disk as text that can be shown and written: bytes that are no UTF-8
    (Python's surrogates) are read as Windows-1252, as in `names.clean_name`."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", "replace")
    return name


def _shown(parts: Parts) -> str:
    return "/".join(map(text_of, parts))
