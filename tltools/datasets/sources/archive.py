"""An archive as a source: the entries that `archives` lets through."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tltools.datasets import archives
from tltools.datasets.reading.words import Path as Parts
from tltools.datasets.reading.words import ignored
from tltools.datasets.records import Skipped
from tltools.errors import DatasetError
from tltools.images import shown_name


@contextlib.contextmanager
def opened(path: Path, name: str, encoding: str | None, scratch: Path | None) -> Iterator[
        tuple[archives.Archive, dict[Parts, Callable[[], bytes]], list[Skipped]]]:
    """The archive, its files by their paths, and what is refused; raises `DatasetError`
    for one without files, `ArchiveError` for what is no archive or over a limit.

    name: what people call it. encoding: a code page for names that do not say theirs.
    scratch: a folder for an unpacked TAR.
    """
    with archives.open_checked(path, name, encoding, scratch=scratch) as archive:
        refused = [Skipped(item.name, item.reason) for item in archive.refused]
        files: dict[Parts, Callable[[], bytes]] = {
            entry.parts: partial(archive.read, entry) for entry in archive.entries
            if not ignored(entry.parts)
        }
        if not files and not refused:
            raise DatasetError(f"{shown_name(name)} holds no files.",
                               "Pack one folder per class into it.")
        yield archive, files, refused
