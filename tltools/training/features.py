"""Frozen work is done once for each picture, and kept on disk: decoded pixels and
activations.

Owns the cache under `<home>/features/`: what a row is keyed by, its files, its bound,
and clearing it. It may be deleted at any time. Leaves which network is frozen to
`models` and what a run needs of its pictures to `material`. No TensorFlow.

A *space* is one way of looking at pictures: pixels of a size and rule, or the
activations of a backbone with certain weights at a boundary, for one view. It is a
folder named by the hash of its facts and holds *segments*: files that are written
whole, never changed, and bear the names of their pictures. So one picture more costs
one picture, another split costs nothing, a stop or a kill keeps every segment that was
written, and two runs that compute the same picture at once write two files of which
either is right. Each use of a segment renews its time; over the bound the longest
unused goes first.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tltools import files, settings
from tltools.errors import TrainingError
from tltools.runs import disk
from tltools.settings import Home

SEGMENT_BYTES = 128_000_000
SEGMENT_SECONDS = 10.0
"""A segment is written when it has so many bytes or after so long: what a kill can
lose."""
SMALL_BYTES, MOST_SMALL = 4_000_000, 32
"""More small segments than this are joined: one for each picture added would pile up.
"""
JUST_USED_SECONDS = 60.0
_RESERVE_BYTES = 500_000_000
_ABANDONED_SECONDS = 86_400.0
_NAME_BYTES = 80
_TRIES = 4


class Rows:
    """Rows of one space in the order in which they were asked for, read only when
    indexed.

    Looks like an array (n, *shape) that is indexed by numbers or slices along its first
    axis.
    """

    def __init__(self, arrays: list[np.ndarray], which: np.ndarray, row: np.ndarray) -> None:
        self._arrays, self._which, self._row = arrays, which, row
        self.shape = (len(which), *arrays[0].shape[1:])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: slice | np.ndarray) -> np.ndarray:
        """The rows named by a slice or an array of numbers, as an array of their own.
        """
        which, row = self._which[key], self._row[key]
        result = np.empty((len(row), *self.shape[1:]), self._arrays[0].dtype)
        for number in np.unique(which):
            mine = which == number
            result[mine] = self._arrays[number][row[mine]]
        return result

    @staticmethod
    def joined(parts: Sequence["Rows"]) -> "Rows":
        """The rows of several spaces one after another, as if they were one."""
        arrays = [array for part in parts for array in part._arrays]
        starts = np.cumsum([0, *(len(part._arrays) for part in parts)])
        which = [part._which + start for part, start in zip(parts, starts, strict=False)]
        return Rows(arrays, np.concatenate(which), np.concatenate([part._row for part in parts]))


@dataclass(frozen=True)
class _Segment:
    path: Path
    pictures: np.ndarray
    values: np.ndarray


class Space:
    """One way of looking at pictures, and what of it is on disk.

    facts: everything that a row depends on besides its picture, JSON-able. shape: of
    one row. Pictures are named by the file names of their stored form, which are its
    hash.
    """

    def __init__(self, home: Home, facts: dict[str, Any], shape: tuple[int, ...],
                 dtype: type) -> None:
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
        self.home, self.shape, self.dtype = home, tuple(shape), np.dtype(dtype)
        self.folder = home.features / key
        self.row_bytes = int(np.prod(self.shape)) * self.dtype.itemsize

    def missing(self, pictures: Sequence[str]) -> list[str]:
        """Those of the pictures that have no row yet, each once, in their order."""
        known = {name for segment in self._segments() for name in segment.pictures.tolist()}
        return list(dict.fromkeys(name for name in pictures if _key(name) not in known))

    def rows(self, pictures: Sequence[str], compute: Callable[[list[str]], np.ndarray],
             batch: int, progress: Callable[[int], None]) -> Rows:
        """The rows of these pictures; those that are missing are computed and kept.

        compute: given at most `batch` names, returns (n, *shape). progress: called
        before each batch with the number of rows computed so far; whatever it raises
        ends the work, and what was computed stays. Raises `TrainingError` where the
        disk is full.
        """
        computed = False
        for _ in range(_TRIES):  # another process may remove what was here a moment ago
            try:
                rows = self._find(pictures)
            except KeyError:
                missing = self.missing(pictures)
                self._make_room(len(missing) * self.row_bytes)
                self._compute(missing, compute, batch, progress)
                self._join_small()
                computed = True
                continue
            if computed:
                trim(self.home)
            return rows
        raise TrainingError("The cache was removed again and again while it was being read.",
                            "Start the run again.")

    def _compute(self, missing: list[str], compute: Callable[[list[str]], np.ndarray],
                 batch: int, progress: Callable[[int], None]) -> None:
        waiting: list[np.ndarray] = []
        names: list[str] = []
        since = time.monotonic()
        try:
            for start in range(0, len(missing), batch):
                progress(start)
                some = missing[start:start + batch]
                waiting.append(np.asarray(compute(some), self.dtype))
                names += some
                full = len(names) * self.row_bytes >= SEGMENT_BYTES
                if full or time.monotonic() - since > SEGMENT_SECONDS:
                    self._write(names, waiting)
                    waiting, names, since = [], [], time.monotonic()
        finally:
            if names:
                self._write(names, waiting)

    def _write(self, names: list[str], values: list[np.ndarray]) -> None:
        """One file of one record, so that names and values can only be there together.
        """
        count = len(names)
        record = np.dtype([("pictures", f"S{_NAME_BYTES}", (count,)),
                           ("values", self.dtype, (count, *self.shape))])
        with files.atomic_path(self.folder / f"{files.new_id()}.npy") as temporary:
            target = np.lib.format.open_memmap(temporary, "w+", record, (1,))
            target["pictures"][0] = [_key(name) for name in names]
            start = 0
            for part in values:
                target["values"][0, start:start + len(part)] = part
                start += len(part)
            target.flush()
            del target

    def _segments(self) -> list[_Segment]:
        """Every whole segment, the oldest first; a damaged one is removed."""
        found = []
        for path in sorted(self.folder.glob("[!.]*.npy")):
            try:
                record = np.load(path, mmap_mode="r", allow_pickle=False)
                pictures, values = record["pictures"][0], record["values"][0]
                if values.shape[1:] != self.shape or values.dtype != self.dtype:
                    raise ValueError("rows of another form")
            except (OSError, ValueError, IndexError, EOFError):
                with contextlib.suppress(OSError):  # open elsewhere: Windows
                    path.unlink()
                continue
            found.append(_Segment(path, np.asarray(pictures), values))
        return found

    def _find(self, pictures: Sequence[str]) -> Rows:
        """The rows as they are on disk; raises KeyError if one is not there any more.
        """
        segments = self._segments()
        places = {
            name: (number, row)
            for number, segment in enumerate(segments)
            for row, name in enumerate(segment.pictures.tolist())
        }
        found = np.array([places[_key(name)] for name in pictures], np.int64).reshape(-1, 2)
        used = np.unique(found[:, 0])
        for number in used:
            with contextlib.suppress(OSError):
                os.utime(segments[number].path)
        arrays = [segments[number].values for number in used]
        if not arrays:
            return Rows([np.empty((0, *self.shape), self.dtype)], found[:, 0], found[:, 1])
        return Rows(arrays, np.searchsorted(used, found[:, 0]), found[:, 1])

    def _join_small(self) -> None:
        small = [item for item in self._segments() if item.values.nbytes < SMALL_BYTES]
        if len(small) <= MOST_SMALL:
            return
        rows: dict[bytes, np.ndarray] = {}
        for segment in small:
            rows |= dict(zip(segment.pictures.tolist(), segment.values, strict=True))
        self._write([name.decode() for name in rows], [np.stack(list(rows.values()))])
        paths = [segment.path for segment in small]
        del small, rows  # Windows removes no file that is mapped
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()

    def _make_room(self, needed: int) -> None:
        wanted = needed + _RESERVE_BYTES
        free = files.free_bytes(self.home.path)
        if free < wanted:
            trim(self.home, disk.size(self.home.features) - (wanted - free))
            free = files.free_bytes(self.home.path)
        if free < wanted:
            raise TrainingError(
                f"The cache needs {needed / 1e6:,.0f} MB and leaves {_RESERVE_BYTES / 1e6:.0f} MB "
                f"of the disk alone; {free / 1e6:,.0f} MB are free.",
                "Free some space, or choose fewer views, a smaller input or more frozen stages.",
                "The disk is full")


def _key(name: str) -> bytes:
    """A picture's name as it stands in a segment: a stored picture's has 68 letters."""
    key = name.encode()
    return key if len(key) <= _NAME_BYTES else hashlib.sha256(key).hexdigest().encode()


def _entries(home: Home) -> Iterator[tuple[Path, os.stat_result]]:
    """Every file of the cache, those of older versions and torn ones too."""
    for folder, _, names in os.walk(home.features):
        for name in names:
            path = Path(folder, name)
            with contextlib.suppress(OSError):
                yield path, path.stat()


def trim(home: Home, most: int | None = None) -> int:
    """Remove what was longest unused until the cache has at most `most` bytes (default:
    the bound in `settings`); returns the bytes freed.

    What was used within the last minute stays. A run keeps reading what it has open;
    where the system refuses to remove an open file (Windows), it stays.
    """
    most = settings.features_bytes() if most is None else most
    entries = sorted(_entries(home), key=lambda entry: entry[1].st_mtime)
    total, freed = sum(found.st_size for _, found in entries), 0
    for path, found in entries:
        age = files.now() - found.st_mtime
        old_version = path.parent == home.features
        torn = path.name.startswith(".")
        over = total - freed > most and age > JUST_USED_SECONDS and not torn
        if old_version or over or (torn and age > _ABANDONED_SECONDS):
            freed += _remove(path, found)
    return freed


def clear(*, home: str) -> int:
    """Remove the whole cache; a task for a data worker. Returns the bytes freed.

    A run that trains keeps what it has open and what it has just used or made.
    """
    place = Home(Path(home))
    freed = trim(place, 0)
    for folder in place.features.glob("*"):
        with contextlib.suppress(OSError):  # not empty
            folder.rmdir()
    return freed


def _remove(path: Path, found: os.stat_result) -> int:
    try:
        path.unlink()
    except OSError:
        return 0
    return found.st_size
