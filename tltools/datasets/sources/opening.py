"""One way in to all sources: `opened` gives every file by its path and how to read it.

Owns which kinds of source there are. Leaves each kind to its module and the meaning of
the paths to `layouts`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tltools.datasets.reading.words import Path as Parts
from tltools.datasets.records import Skipped
from tltools.datasets.sources import archive, folder, uploads

Files = dict[Parts, Callable[[], bytes]]


@dataclass(frozen=True)
class Opened:
    """A source while it is open. files: how to read each, by its path in parts.
    refused: files that are not used, whatever the layout. name: what a data set made of
    it is called. words: what it was, for the record.

    encoding, encodings: of the names in an archive (`archives.Archive`), else None, ().
    """

    files: Files
    refused: list[Skipped]
    name: str
    words: str
    encoding: str | None = None
    encodings: tuple[str, ...] = field(default=())


@contextlib.contextmanager
def opened(source: Mapping[str, Any], scratch: Path | None = None) -> Iterator[Opened]:
    """Open a source: {"kind": "folder", "path"}, {"kind": "archive", "path", "name"}
    (and "encoding", a code page for its names) or {"kind": "uploads", "files":
    [{"path", "name"}]}.

    scratch: a folder on the disk for what an archive needs while it is open. Raises
    `DatasetError` or `ArchiveError` for what is no such thing or is over a limit.
    """
    kind = source["kind"]
    if kind == "archive":
        with archive.opened(Path(source["path"]), source["name"], source.get("encoding") or None,
                            scratch) as (found, files, refused):
            stem = source["name"].rsplit(".", 1)[0].removesuffix(".tar") or source["name"]
            yield Opened(files, refused, stem, f"archive {source['name']}", found.encoding,
                         tuple(found.encodings))
    elif kind == "folder":
        root, files, refused = folder.opened(source["path"])
        yield Opened(files, refused, root.resolve().name, f"folder {root.name}")
    elif kind == "uploads":
        files, refused = uploads.opened(source["files"])
        tops = {parts[0] for parts in files if len(parts) > 1}
        yield Opened(files, refused, tops.pop() if len(tops) == 1 else "My pictures",
                     "uploaded files")
    else:
        raise ValueError(f"no source is called {kind!r}")


def own_files(source: Mapping[str, Any]) -> list[Path]:
    """The files that hold an archive or uploads; those of a folder are not ours."""
    if source["kind"] == "archive":
        return [Path(source["path"])]
    return [Path(item["path"]) for item in source.get("files", ())]
