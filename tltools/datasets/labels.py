"""Files of labels: which picture belongs to which class, read from outside and written
for outside.

Owns what the columns mean, finding each row's picture, and the report of what did not
match: no row and no picture is passed over in silence. Leaves the formats to
`label_files`, and which of several files counts to `layouts`.
"""

import csv
import io
import pathlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tltools.datasets import label_files, layout_words, store
from tltools.datasets.label_files import EXTENSIONS, FORMULA, Table
from tltools.datasets.layout_words import Path
from tltools.datasets.names import clean_name
from tltools.errors import DatasetError, ImageError
from tltools.images import KNOWN_EXTENSIONS, read_file, shown_name

__all__ = ["EXTENSIONS", "Assigned", "Labels", "Note", "Row", "assign", "export", "keys_of",
           "parse", "read", "summary"]

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
SHOWN = 10
"""How many lines of the report a person sees at once; all of them stand with the data
set's other skipped files."""
FILE_COLUMNS = ("file", "filename", "filepath", "filepaths", "filenames", "path", "image",
                "imagename", "imagefile", "imagepath", "img", "imageid", "images", "picture",
                "photo", "name", "id", "datei", "dateiname", "bild", "fichier", "archivo", "imgid",
                "imgname", "imgpath", "imagefilename", "imageindex")
LABEL_COLUMNS = ("label", "labels", "class", "classname", "classlabel", "category", "categories",
                 "target", "tag", "labelname", "categoryname", "classes", "klasse", "kategorie",
                 "classe", "clase", "species", "breed", "diagnosis", "dx", "disease", "emotion",
                 "expression", "finding", "findinglabels", "variety", "cultivar", "groundtruth",
                 "truth", "targets", "tags", "y", "classid", "categoryid", "labelid", "classindex")
SPLIT_COLUMNS = ("split", "subset", "set", "partition", "dataset", "usage", "phase", "fold")
GROUP_COLUMNS = ("group", "groups", "groupid", "patient", "patientid", "subject", "subjectid",
                 "participant", "participantid", "person", "personid", "lesionid", "caseid",
                 "session", "sessionid", "video", "videoid", "sequence", "sequenceid", "burst",
                 "specimen", "specimenid", "donor", "slide", "slideid", "individual",
                 "individualid", "site", "place", "location", "day", "date", "camera")
_ENDINGS = ("label", "class", "category", "species", "breed", "diagnosis", "disease", "type")
_OWN = (("file", "class", "split"), ("file", "class", "split", "group"))
_YES, _NO = {"1", "1.0", "true"}, {"0", "0.0", "false", ""}
_MANY = "\0"  # before the classes of a row with a 1 in several columns
_ONE_HOT = 0.8  # share of the rows with exactly one 1: else the columns are something else


@dataclass(frozen=True)
class Row:
    """One usable line. file: as written. part: "train", "validation" or "test" if its
    column of splits says so. group: what its column of groups says."""

    line: int
    file: str
    label: str
    part: str = ""
    group: str = ""


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
    notes: list[store.Skipped]
    report: dict[str, Any]


def keys_of(paths: Iterable[Path]) -> frozenset[str]:
    """What cells may call these pictures: their names with and without the ending."""
    found = set()
    for path in paths:
        folded = _folded(path[-1])
        found |= {folded, folded.rpartition(".")[0] or folded}
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
    table = label_files.read(data, name)
    if len(table.lines) > MAX_ROWS:
        raise DatasetError(f"{shown} has {len(table.lines):,} rows; at most {MAX_ROWS:,}.",
                           "Split it.")
    return _rows(table, _columns(table, known, shown), name)


def assign(labels: Labels, pictures: Iterable[Path], folder: Path = ()) -> Assigned:
    """Give each picture (its path in parts) the row that names it.

    A row finds its picture by the file's name, of several by the folders before it,
    then by lying below the file of labels (folder); large and small letters, and a
    missing ending, do not matter where only one picture fits. Of several rows for one
    picture the closest, then the first counts.
    """
    pictures = sorted(pictures)
    notes = list(labels.notes)
    by_name = _by_name(pictures)
    matches = []
    for row in labels.rows:
        closeness, fitting = _fitting(row, by_name)
        if len(fitting) > 1:
            fitting = [path for path in fitting if path[:len(folder)] == folder] or fitting
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
        store.Skipped(f"{shown}, line {note.line}", f"{shown_name(note.file)}: {note.reason}")
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


def export(dataset: store.Dataset) -> bytes:
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


@dataclass(frozen=True)
class _Columns:
    """Which column says what; hot: those of the classes, each 1 or 0."""

    file: int
    label: int = -1
    split: int = -1
    group: int = -1
    hot: tuple[int, ...] = ()


def _columns(table: Table, known: Collection[str], shown: str) -> _Columns:
    """Find the columns by their names, by their content, or as one for each class."""
    names = [re.sub(r"[\W_]", "", cell.casefold()) for cell in table.header]
    width = max((len(cells) for _, cells in table.lines), default=0)
    if not names and width >= 2:
        return _Columns(0, 1)
    file = _file_column(table, names, known)
    taken = {file}
    split, group = (_named(names, wanted, taken) for wanted in (SPLIT_COLUMNS, GROUP_COLUMNS))
    taken |= {split, group}
    label = _named(names, LABEL_COLUMNS, taken)
    if file >= 0 and label >= 0:
        return _Columns(file, label, split, group)
    others = [column for column in range(len(names)) if column not in taken]
    hot = _one_hot(table, others)
    if hot and (file >= 0 or len(names) > len(hot)):
        file = file if file >= 0 else next(c for c in range(len(names)) if c not in hot)
        return _Columns(file, -1, split, group, hot)
    label = _likeliest(table, others) if file >= 0 and known else -1
    if label >= 0:
        return _Columns(file, label, split, group)
    first = table.header or (table.lines[0][1] if table.lines else [])
    seen = shown_name(", ".join(cell.replace("/", " ") for cell in first[:6]), 40)
    raise DatasetError(f"{shown} has no columns for file and label; its first line is: {seen}.",
                       "Name them file and label.")


def _named(names: list[str], wanted: Iterable[str], taken: Collection[int] = ()) -> int:
    """The column that bears the first of the wanted names; -1 for none."""
    free = {name: column for column, name in reversed(list(enumerate(names)))
            if column not in taken}
    return next((free[name] for name in wanted if name in free), -1)


def _file_column(table: Table, names: list[str], known: Collection[str]) -> int:
    """The column of pictures: where most cells name one, else by its own name."""
    named = _named(names, FILE_COLUMNS)
    if not known or not table.lines:
        return named
    some = [cells for _, cells in table.lines[:: max(1, len(table.lines) // 500)]]
    hits = [sum(column < len(cells) and _key(cells[column]) in known for cells in some)
            for column in range(len(names))]
    best = max(range(len(names)), key=hits.__getitem__, default=-1)
    if best < 0 or hits[best] == 0:
        return named
    return named if named >= 0 and hits[named] == hits[best] else best


def _one_hot(table: Table, columns: list[int]) -> tuple[int, ...]:
    """The columns with nothing but 1 and 0, if nearly every row has one 1 in them."""
    hot = []
    for column in columns:
        cells = {row[column].casefold() for _, row in table.lines if column < len(row)}
        if cells <= _YES | _NO and cells & (_YES | {"0", "0.0", "false"}):
            hot.append(column)
    single = sum(len(_ones(cells, hot)) == 1 for _, cells in table.lines)
    return tuple(hot) if len(hot) > 1 and single >= _ONE_HOT * len(table.lines) else ()


def _ones(cells: list[str], hot: Iterable[int]) -> list[int]:
    return [column for column in hot if column < len(cells) and cells[column].casefold() in _YES]


def _likeliest(table: Table, columns: list[int]) -> int:
    """The column of labels where no name tells: of those with values that come again
    and again the only one, else one whose name ends as that of a label (plant_species),
    else the first with words."""
    again: dict[int, set[str]] = {}
    for column in columns:
        cells = [row[column] for _, row in table.lines if column < len(row) and row[column]]
        if 2 <= len(set(cells)) <= max(2, len(cells) // 2):
            again[column] = set(cells)
    named = [column for column in again if table.header[column].casefold().endswith(_ENDINGS)]
    words = [column for column, cells in again.items()
             if all(re.search(r"[^\W\d_]", cell) for cell in cells)]
    first = [*(again if len(columns) == 1 else ()), *named, *words]
    return first[0] if first else -1


def _rows(table: Table, columns: _Columns, name: str) -> Labels:
    """The usable rows; a name with ; or | is several labels unless we have written it.
    """
    labels = [_label(cells, columns, table.header) for _, cells in table.lines]
    several = _several(labels, single=bool(columns.hot) or table.header in _OWN)
    several |= {label for label in labels if label.startswith(_MANY)}
    parts = layout_words.parts_of({_cell(cells, columns.split) for _, cells in table.lines})
    groups = {_cell(cells, columns.group) for _, cells in table.lines} - {""}
    grouped = 1 < len(groups) < len(table.lines)
    rows, notes = [], []
    for (line, cells), label in zip(table.lines, labels, strict=True):
        file = _cell(cells, columns.file)
        if not file:
            notes.append(Note(line, "", "the row names no file"))
        elif not clean_name(label):
            notes.append(Note(line, file, "the row has no label"))
        elif label in several:
            notes.append(Note(line, file,
                              f"several labels in one cell ({clean_name(label)[:40]}); give one"))
        else:
            part = parts.get(_cell(cells, columns.split), "").replace("unlabelled", "")
            group = clean_name(_cell(cells, columns.group)) if grouped else ""
            rows.append(Row(line, file, clean_name(label), part, group))
    header = table.header[columns.label] if table.header and columns.label >= 0 else ""
    column = "a column for each class" if columns.hot else \
        f"the column {shown_name(header, 30)}" if header else "the second column"
    return Labels(name, tuple(rows), tuple(notes), len(table.lines), column, table.header)


def _cell(cells: list[str], column: int) -> str:
    return cells[column] if 0 <= column < len(cells) else ""


def _label(cells: list[str], columns: _Columns, header: tuple[str, ...]) -> str:
    if not columns.hot:
        return _cell(cells, columns.label)
    ones = _ones(cells, columns.hot)
    return (_MANY if len(ones) > 1 else "") + ", ".join(header[column] for column in ones)


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


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _key(cell: str) -> str:
    """What `keys_of` has for the picture that a cell names."""
    return _folded(cell.replace("\\", "/").rstrip("/").rpartition("/")[2])


def _by_name(pictures: Iterable[Path]) -> dict[str, list[Path]]:
    """The pictures by their names, and (with a full stop) by those without ending."""
    found: dict[str, list[Path]] = {}
    for parts in pictures:
        folded = _folded(parts[-1])
        found.setdefault(folded, []).append(parts)
        if stem := folded.rpartition(".")[0]:
            found.setdefault(f"{stem}.", []).append(parts)
    return found


def _fitting(row: Row, by_name: Mapping[str, list[Path]]) -> tuple[float, list[Path]]:
    """The pictures that a row may mean, and how closely they fit: common parts from the
    end, and a half if exact."""
    wanted = pathlib.PurePosixPath(row.file.replace("\\", "/")).parts
    if not wanted:
        return 0, []
    last = _folded(wanted[-1])
    candidates = by_name.get(last) \
        or (by_name.get(f"{last}.", []) if not last.endswith(KNOWN_EXTENSIONS) else [])
    best, fitting = 0.0, []
    for parts in candidates:
        common = 1
        while common < min(len(parts), len(wanted)) \
                and _folded(parts[-1 - common]) == _folded(wanted[-1 - common]):
            common += 1
        close = common + (0.5 if parts[-common:] == wanted[-common:] else 0.0)
        if close > best:
            best, fitting = close, [parts]
        elif close == best:
            fitting.append(parts)
    exact = [parts for parts in fitting if len(parts) == len(wanted)]
    return (best + 0.25, exact) if len(fitting) > 1 and len(exact) == 1 else (best, fitting)

