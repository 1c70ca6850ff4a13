"""Files of labels: which picture belongs to which class, read from outside and written
for outside.

Owns what a row says, finding its picture, and the report of what did not match: no row
and no picture is passed over in silence. Leaves the formats to `label_files`, which
column says what to `label_columns`, and which of several files counts to `layouts`.
"""

import csv
import io
import pathlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tltools.datasets import records
from tltools.datasets.names import clean_name
from tltools.datasets.reading import label_columns, label_files, words
from tltools.datasets.reading.label_columns import Columns, cell_at, folded, ones
from tltools.datasets.reading.label_files import EXTENSIONS, FORMULA, Table
from tltools.datasets.reading.words import Path
from tltools.errors import DatasetError, ImageError
from tltools.images import MEDIA_EXTENSIONS, read_file, shown_name

__all__ = ["EXTENSIONS", "Assigned", "Labels", "Note", "Row", "assign", "export", "keys_of",
           "parse", "read", "summary"]

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
SHOWN = 10
"""How many lines of the report a person sees at once; all of them stand with the data
set's other skipped files."""
_OWN = (("file", "class", "split"), ("file", "class", "split", "group"))
_MANY = "\0"  # before the classes of a row with a 1 in several columns


@dataclass(frozen=True)
class Row:
    """One usable line. file: as written. part: "train", "validation" or "test" if its
    column of splits says so. group: what its column of groups says. cells: all of the
    line, below the names in header."""

    line: int
    file: str
    label: str
    part: str = ""
    group: str = ""
    cells: Sequence[str] = field(default=(), compare=False, repr=False)
    header: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Note:
    """A line that labels no picture, and why."""

    line: int
    file: str
    reason: str


@dataclass(frozen=True)
class Labels:
    """A file of labels as read. total: rows below the header that are not empty.
    column: where the label stands, in words. header: the names of all columns."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    total: int
    column: str = ""
    header: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assigned:
    """The row of each picture that a file of labels names, those that it does not name,
    and its report.

    report: {"file", "rows", "matched", "contradicting" (rows that give a picture
    another label than the row that counts), "unnamed" (pictures that no usable row
    names), "notes": [{"line", "file", "reason"}, the first ten], "more"}.
    """

    rows: dict[Path, Row]
    unnamed: list[Path]
    notes: list[records.Skipped]
    report: dict[str, Any]


def keys_of(paths: Iterable[Path]) -> frozenset[str]:
    """What cells may call these pictures: their names with and without the ending."""
    found = set()
    for path in paths:
        name = folded(path[-1])
        found |= {name, name.rpartition(".")[0] or name}
    return frozenset(found)


def parse(data: bytes, name: str, known: Collection[str] = frozenset()) -> Labels:
    """Read a file of labels. Raises `DatasetError` for a file that has no columns for
    file and label.

    Comma, semicolon or tab; UTF-8 or UTF-16 with or without a mark, else Windows-1252;
    a first line with the columns' names, or none if it has a picture's name. Also a
    column for each class (1 in one of them), JSON Lines, JSON and COCO. known: what
    cells may call the pictures (`keys_of`), so that columns are found by content too.
    A cell with several labels is refused with its line's number.
    """
    shown = shown_name(name)
    if len(data) > MAX_BYTES:
        raise DatasetError(
            f"{shown} has {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB.", "Split it.")
    table = label_columns.headed(label_files.read(data, name), known)
    if len(table.lines) > MAX_ROWS:
        raise DatasetError(f"{shown} has {len(table.lines):,} rows; at most {MAX_ROWS:,}.",
                           "Split it.")
    return _rows(table, label_columns.find(table, known, shown), name)


def assign(labels: Labels, pictures: Iterable[Path], folder: Path = ()) -> Assigned:
    """Give each picture (its path in parts) the row that names it.

    A row finds its picture by the file's name, of several by the folders before it,
    then by lying below the file of labels (folder), then in a folder of the part of the
    split that this file is called after; large and small letters, and a missing ending,
    do not matter where only one picture fits. Of several rows for one picture the
    closest, then the first counts.
    """
    pictures = sorted(pictures)
    notes = list(labels.notes)
    by_name = _by_name(pictures)
    part = _part(labels.name.rpartition(".")[0])
    matches = []
    for row in labels.rows:
        closeness, fitting = _fitting(row, by_name)
        fitting = _nearest(fitting, folder, part)
        if len(fitting) == 1:
            matches.append((-closeness, row.line, row, fitting[0]))
        else:
            reason = f"{len(fitting)} pictures have this name; write the folder too" if fitting \
                else "no such picture"
            notes.append(Note(row.line, row.file, reason))
    taken: dict[Path, Row] = {}
    contradicting = 0
    for _, _, row, parts in sorted(matches, key=lambda match: match[:2]):
        first = taken.setdefault(parts, row)
        if first is not row:
            same = "says the same" if first.label == row.label \
                else f"gives this picture the label {first.label}"
            contradicting += first.label != row.label
            notes.append(Note(row.line, row.file, f"line {first.line} {same}; that one counts"))
    unnamed = [parts for parts in pictures if parts not in taken]
    notes.sort(key=lambda note: note.line)
    shown = shown_name(labels.name)
    report = {
        "file": shown, "rows": labels.total, "matched": len(taken), "contradicting": contradicting,
        "unnamed": len(unnamed), "more": max(0, len(notes) - SHOWN),
        "notes": [{"line": note.line, "file": shown_name(note.file), "reason": note.reason}
                  for note in notes[:SHOWN]]
    }
    return Assigned(taken, unnamed, [
        records.Skipped(f"{shown}, line {note.line}", f"{shown_name(note.file)}: {note.reason}")
        for note in notes
    ], report)


def summary(report: Mapping[str, Any]) -> str:
    """The numbers of a report (see `Assigned`) in a line: what matched, what
    contradicts, what was not named."""
    words = [
        f"{report['file']}: {report['matched']:,} of {report['rows']:,} rows matched a picture"
    ]
    for count, one, many in (
            (report["contradicting"], "row contradicts another", "rows contradict others"),
            (report["unnamed"], "picture has no row", "pictures have no row")):
        if count:
            words.append(f"{count:,} {one if count == 1 else many}")
    return "; ".join(words) + "."


def read(source: Mapping[str, str], known: Collection[str] = frozenset()) -> Labels:
    """`parse` of a file on this machine ({"path", "name"}); raises `DatasetError` if it
    cannot be read."""
    try:
        return parse(read_file(pathlib.Path(source["path"]), source["name"]), source["name"], known)
    except ImageError as error:
        raise DatasetError(error.problem.reason,
                           "Give a CSV file with the columns file and label.") from error


def export(dataset: records.Dataset) -> bytes:
    """The data set's labels as CSV for a spreadsheet or for `parse`: columns file,
    class, split and, where there are groups, group; UTF-8 with its mark.

    Text that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV
    injection); `parse` takes it off again.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    grouped = any(image.group for image in dataset.images)
    writer.writerow(_OWN[grouped])
    names, assigned = {item.id: item.name for item in dataset.classes}, dataset.split()
    for image in dataset.images:
        cells = [image.name, names[image.class_id], assigned.get(image.id, "left out")]
        writer.writerow([
            f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(FORMULA) else cell
            for cell in (*cells, *([image.group] if grouped else []))
        ])
    return buffer.getvalue().encode("utf-8-sig")


def _rows(table: Table, columns: Columns, name: str) -> Labels:
    """The usable rows; a name with ; or | is several labels unless we have written it.
    """
    clean = lru_cache(maxsize=20_000)(clean_name)  # few labels, many rows
    own = table.header in _OWN
    labels = [_label(cells, columns, table.header) for _, cells in table.lines]
    labels = labels if own or columns.hot else [label_files.plain(label) for label in labels]
    several = _several(labels, single=bool(columns.hot) or own)
    several |= {label for label in labels if label.startswith(_MANY)}
    parts = words.parts_of({cell_at(cells, columns.split) for _, cells in table.lines})
    groups = {cell_at(cells, columns.group) for _, cells in table.lines} - {""}
    grouped = 1 < len(groups) < len(table.lines)
    rows, notes = [], []
    for (line, cells), label in zip(table.lines, labels, strict=True):
        file = cell_at(cells, columns.file)
        if not file:
            notes.append(Note(line, "", "the row names no file"))
        elif not clean(label):
            notes.append(Note(line, file, "the row has no label"))
        elif label in several:
            notes.append(Note(line, file,
                              f"several labels in one cell ({clean_name(label)[:40]}); give one"))
        else:
            part = parts.get(cell_at(cells, columns.split), "").replace("unlabelled", "")
            group = clean(cell_at(cells, columns.group)) if grouped else ""
            group = group or (f"{name}, line {line}" if columns.more else "")
            rows += [Row(line, picture, clean(label), part, group, cells, table.header)
                     for picture in (file, *(cell_at(cells, column) for column in columns.more))
                     if picture]
    return Labels(name, tuple(rows), tuple(notes), len(table.lines),
                  columns.words(table), table.header)


def _label(cells: list[str], columns: Columns, header: tuple[str, ...]) -> str:
    if not columns.hot:
        return cell_at(cells, columns.label)
    said = ones(cells, columns.hot)
    return (_MANY if len(said) > 1 else "") + ", ".join(header[column] for column in said)


def _several(labels: Iterable[str], single: bool) -> set[str]:
    """The cells that hold several labels: `cat|dog`, `cat;dog`, or `cat, dog` where one
    of them stands elsewhere too. single: each cell holds one, whatever it looks like.

    A comma alone says little: "tench, Tinca tinca" is one class of ImageNet.
    """
    if single:
        return set()
    cells = {label: [part.strip() for part in label.split(",")] for label in set(labels)}
    words = Counter(word for parts in cells.values() for word in set(parts))
    return {
        label for label, parts in cells.items() if "|" in label or ";" in label
        or (len(parts) > 1 and any(words[part] > 1 for part in parts if part))
    }


def _nearest(fitting: list[Path], folder: Path, part: str) -> list[Path]:
    """Of pictures of one name those below a folder, and of these those in a part of the
    split; all where none is."""
    below = [path for path in fitting if path[:len(folder)] == folder] or fitting
    return [path for path in below if part and part in map(_part, path[:-1])] or below


def _part(name: str) -> str:
    return words.role(name)[0]


def _by_name(pictures: Iterable[Path]) -> dict[str, list[Path]]:
    """The pictures by their names, and (with a full stop) by those without ending."""
    found: dict[str, list[Path]] = {}
    for parts in pictures:
        name = folded(parts[-1])
        found.setdefault(name, []).append(parts)
        if stem := name.rpartition(".")[0]:
            found.setdefault(f"{stem}.", []).append(parts)
    return found


def _fitting(row: Row, by_name: Mapping[str, list[Path]]) -> tuple[float, list[Path]]:
    """The pictures that a row may mean, and how closely they fit: common parts from the
    end, and a half if exact."""
    wanted = tuple(part for part in row.file.replace("\\", "/").split("/")
                   if part not in ("", "."))
    if not wanted:
        return 0, []
    last = folded(wanted[-1])
    candidates = by_name.get(last) \
        or (by_name.get(f"{last}.", []) if not last.endswith(MEDIA_EXTENSIONS) else [])
    best, fitting = 0.0, []
    for parts in candidates:
        common = 1
        while common < min(len(parts), len(wanted)) \
                and folded(parts[-1 - common]) == folded(wanted[-1 - common]):
            common += 1
        close = common + (0.5 if parts[-common:] == wanted[-common:] else 0.0)
        if close > best:
            best, fitting = close, [parts]
        elif close == best:
            fitting.append(parts)
    exact = [parts for parts in fitting if len(parts) == len(wanted)]
    return (best + 0.25, exact) if len(fitting) > 1 and len(exact) == 1 else (best, fitting)

