"""A CSV file of labels: which picture belongs to which class, read from outside and
written for outside.

Owns reading the file (any usual separator, encoding and header), finding each row's
picture, and the report of what did not match: no row and no picture is passed over in
silence. Leaves decoding pictures to `importing`.
"""

import csv
import io
import pathlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tltools import files
from tltools.datasets import importing, store
from tltools.datasets.names import clean_name
from tltools.errors import DatasetError, ImageError, InputError
from tltools.images import KNOWN_EXTENSIONS, read_file, shown_name
from tltools.settings import Workspace

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
SHOWN = 10
"""How many lines of the report a person sees at once; all of them stand with the data
set's other skipped files."""
EXTENSIONS = (".csv", ".tsv")
FILE_COLUMNS = ("file", "filename", "filepath", "path", "image", "imagename", "imagefile",
                "imagepath", "img", "imageid", "picture", "photo", "name", "id")
LABEL_COLUMNS = ("label", "labels", "class", "classname", "classlabel", "category", "categories",
                 "target", "tag")
SPLIT_COLUMNS = ("split", "subset", "set", "partition")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = ",;\t"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One usable line. file: as written; test: its split column says so."""

    line: int
    file: str
    label: str
    test: bool = False


@dataclass(frozen=True)
class Note:
    """A line that labels no picture, and why."""

    line: int
    file: str
    reason: str


@dataclass(frozen=True)
class Labels:
    """A file of labels as read. total: rows below the header that are not empty."""

    name: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    total: int


@dataclass(frozen=True)
class Assigned:
    """Pictures with the classes that a file of labels gives them, those that it does
    not name, and its report.

    report: {"file", "rows", "matched", "contradicting" (rows that give a picture
    another label than the row that counts), "unnamed" (pictures that no usable row
    names), "notes": [{"line", "file", "reason"}, the first ten], "more"}.
    """

    found: list[importing.Found]
    unnamed: list[store.Skipped]
    notes: list[store.Skipped]
    report: dict[str, Any]


def parse(data: bytes, name: str) -> Labels:
    """Read a file of labels. Raises `DatasetError` for a file that has no columns for
    file and label.

    Comma, semicolon or tab; UTF-8 or UTF-16 with or without a mark, else Windows-1252;
    a first line with the columns' names, or none if its first cell is a picture's name.
    A cell with several labels is refused with its line's number.
    """
    shown = shown_name(name)
    if len(data) > MAX_BYTES:
        raise DatasetError(
            f"{shown} has {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB.", "Split it.")
    text = _decoded(data)
    try:
        lines = _lines(text)
    except csv.Error as error:
        raise DatasetError(f"{shown} is no CSV file that can be read.",
                           "Save it again as CSV, UTF-8.") from error
    if not lines:
        raise DatasetError(f"{shown} is empty.", "It needs the columns file and label.")
    first = lines[0][1]
    columns = _columns(first)
    if columns is None and len(first) >= 2 and first[0].lower().endswith(KNOWN_EXTENSIONS):
        columns = (0, 1, None)
    elif columns is None:
        seen = shown_name(", ".join(cell.replace("/", " ") for cell in first[:6]), 40)
        raise DatasetError(f"{shown} has no columns for file and label; its first line is: {seen}.",
                           "Name them file and label.")
    else:
        lines = lines[1:]
    if len(lines) > MAX_ROWS:
        raise DatasetError(f"{shown} has {len(lines):,} rows; at most {MAX_ROWS:,}.", "Split it.")
    return _rows(lines, columns, name)


def assign(labels: Labels, pictures: Mapping[Path, Callable[[], bytes]]) -> Assigned:
    """Give each picture (its path in parts, and how to read it) the class that its row
    names.

    A row finds its picture by the file's name, of several by the folders before it;
    large and small letters, and a missing ending, do not matter where only one picture
    fits. Of several rows for one picture the closest, then the first counts.
    """
    notes = list(labels.notes)
    by_name: dict[str, list[Path]] = {}
    for parts in pictures:
        folded = _folded(parts[-1])
        by_name.setdefault(folded, []).append(parts)
        stem = folded.rpartition(".")[0]
        if stem:
            by_name.setdefault(f"{stem}.", []).append(parts)
    matches = []
    for row in labels.rows:
        closeness, fitting = _fitting(row, by_name)
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
    found = [
        importing.Found("/".join(parts), row.label,
                        "test" if row.test or importing.in_test_folder(parts) else "", "",
                        pictures[parts]) for parts, row in sorted(taken.items())
    ]
    shown = shown_name(labels.name)
    unnamed = [
        store.Skipped("/".join(parts), f"no usable row of {shown} names it")
        for parts in sorted(pictures) if parts not in taken
    ]
    notes.sort(key=lambda note: note.line)
    report = {
        "file": shown, "rows": labels.total, "matched": len(taken), "contradicting": contradicting,
        "unnamed": len(unnamed), "more": max(0, len(notes) - SHOWN),
        "notes": [{"line": note.line, "file": shown_name(note.file), "reason": note.reason}
                  for note in notes[:SHOWN]]
    }
    return Assigned(found, unnamed, [
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


def inside(everything: Mapping[Path, Callable[[], bytes]]) -> tuple[Labels, Path] | None:
    """The file of labels among other files that fits most of the pictures, if these lie
    in no class folders; else None."""
    pictures = {
        parts: read for parts, read in everything.items()
        if parts[-1].lower().endswith(KNOWN_EXTENSIONS)
    }
    if not pictures or importing.in_class_folders(pictures):
        return None
    best: tuple[Labels, Path] | None = None
    most = 0
    for parts in [parts for parts in sorted(everything)
                  if parts[-1].lower().endswith(EXTENSIONS)][:10]:
        try:
            labels = parse(everything[parts](), parts[-1])
        except InputError:
            continue
        matched = assign(labels, pictures).report["matched"]
        if matched > most:
            best, most = (labels, parts), matched
    return best


def read(source: Mapping[str, str]) -> Labels:
    """`parse` of a file on this machine ({"path", "name"}); raises `DatasetError` if it
    cannot be read."""
    try:
        return parse(read_file(pathlib.Path(source["path"]), source["name"]), source["name"])
    except ImageError as error:
        raise DatasetError(error.problem.reason,
                           "Give a CSV file with the columns file and label.") from error


def bring_in(workspace: Workspace, dataset_id: str, everything: Mapping[Path, Callable[[], bytes]],
             refused: list[store.Skipped], given: Labels | None,
             progress: files.Progress) -> dict[str, Any]:
    """Store files (by their path in parts) under the classes that labels or folders
    name. Result: `importing.bring_in`.

    given: the labels; without them those of a CSV file among the files, if the pictures
    lie in no class folders. Where labels were used, their report (`Assigned`) is the
    result's "labels".
    """
    if given is None and (found := inside(everything)):
        given, own = found
        everything = {parts: reader for parts, reader in everything.items() if parts != own}
    if given is None:
        classes = importing.classes_of(everything)
        return importing.bring_in(workspace, dataset_id, [
            importing.Found("/".join(parts), *classes[parts], "", everything[parts])
            for parts in sorted(everything)
        ], refused, progress)
    assigned = assign(given, everything)
    result = importing.bring_in(workspace, dataset_id, assigned.found,
                                [*refused, *assigned.unnamed], progress)
    store.add_images(workspace, dataset_id, [], assigned.notes, 0)
    return {**result, "labels": assigned.report}


def export(dataset: store.Dataset) -> bytes:
    """The data set's labels as CSV for a spreadsheet or for `parse`: columns file,
    class and split; UTF-8 with its mark.

    Text that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV
    injection); `parse` takes it off again.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["file", "class", "split"])
    names, assigned = {item.id: item.name for item in dataset.classes}, dataset.split()
    for image in dataset.images:
        cells = (image.name, names[image.class_id], assigned.get(image.id, "left out"))
        writer.writerow([
            f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_FORMULA) else cell
            for cell in cells
        ])
    return buffer.getvalue().encode("utf-8-sig")


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of each row that is not empty, by the separator that the
    first such line has most of."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    told = re.fullmatch(r"sep=(.)", head.strip("\ufeff\r\n "))  # Excel's own hint
    plain = re.sub(r'"[^"]*"', "", head)
    separator = told[1] if told else max(_SEPARATORS, key=plain.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    result: list[tuple[int, list[str]]] = []
    for cells in reader:
        cells = [_unguarded(cell.strip()) for cell in cells]
        if any(cells) and not (told and not result and reader.line_num == 1):
            result.append((reader.line_num, cells))
    return result


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(_FORMULA) else cell


def _columns(cells: list[str]) -> tuple[int, int, int | None] | None:
    names = [re.sub(r"[\W_]", "", cell.casefold()) for cell in cells]

    def column(wanted: Iterable[str]) -> int | None:
        return next((names.index(name) for name in wanted if name in names), None)

    file, label = column(FILE_COLUMNS), column(LABEL_COLUMNS)
    return None if file is None or label is None else (file, label, column(SPLIT_COLUMNS))


def _rows(lines: list[tuple[int, list[str]]], columns: tuple[int, int, int | None],
          name: str) -> Labels:
    file_column, label_column, split_column = columns
    cells_of = {cells[label_column] for _, cells in lines if len(cells) > label_column}
    words = Counter(word for cell in cells_of
                    for word in {part.strip() for part in cell.split(",")})
    rows, notes = [], []
    for line, cells in lines:
        cells = cells + [""] * (max(file_column, label_column) + 1 - len(cells))
        file, label = cells[file_column], cells[label_column]
        split = cells[split_column].casefold() \
            if split_column is not None and len(cells) > split_column else ""
        if not file:
            notes.append(Note(line, "", "the row names no file"))
        elif not clean_name(label):
            notes.append(Note(line, file, "the row has no label"))
        elif _several(label, words):
            notes.append(
                Note(line, file,
                     f"several labels in one cell ({clean_name(label)[:40]}); give one"))
        else:
            rows.append(Row(line, file, clean_name(label), split in importing.TEST_FOLDERS))
    return Labels(name, tuple(rows), tuple(notes), len(lines))


def _several(label: str, words: Counter[str]) -> bool:
    """Whether a cell holds several labels: `cat|dog`, `cat;dog`, or `cat, dog` where
    one of them stands elsewhere too.

    A comma alone says little: "tench, Tinca tinca" is one class of ImageNet.
    """
    if "|" in label or ";" in label:
        return True
    parts = [part.strip() for part in label.split(",")]
    return len(parts) > 1 and any(words[part] > 1 for part in parts if part)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


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
