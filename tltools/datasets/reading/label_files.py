"""The formats of files that say which picture has which label, made into one table.

Owns CSV and its relatives (any usual separator and encoding), lists of paths, JSON
Lines, JSON and COCO's JSON. Leaves what the columns mean, and which picture a row
names, to `labels`.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tltools.errors import DatasetError
from tltools.images import MEDIA_EXTENSIONS, shown_name

TABLES = (".csv", ".tsv")
JSONS = (".json", ".jsonl", ".ndjson")
TEXTS = (".txt", ".lst")
EXTENSIONS = (*TABLES, *JSONS, *TEXTS)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Table:
    """Lines of cells. header: names of the columns, () if the file names none. lines:
    (line in the file, cells), those below the header that are not empty."""

    header: tuple[str, ...]
    lines: tuple[tuple[int, list[str]], ...]


def read(data: bytes, name: str) -> Table:
    """Read a file of labels. Raises `DatasetError` for what is empty or damaged.

    A first line without any picture's name is the header.
    """
    shown = shown_name(name)
    text = decoded(data)
    if not text.strip(" \t\r\n\0\ufeff"):
        raise DatasetError(f"{shown} is empty.", "It needs the columns file and label.")
    try:
        if name.lower().endswith(JSONS):
            return _from_json(text, shown)
        return _delimited(text, name)
    except csv.Error as error:
        raise DatasetError(f"{shown} is no CSV file that can be read.",
                           "Save it again as CSV, UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{shown} is no JSON that can be read.",
                           "Save it again as JSON, UTF-8.") from error


def plain(cell: str) -> str:
    """What a cell that holds a list or an object says: `['cat']`, `{"animal": "cat"}`
    and `{"choices": ["cat"]}` say cat; of several things, `cat|dog`. Other cells stay.
    """
    if (cell[:1], cell[-1:]) not in (("[", "]"), ("{", "}")):
        return cell
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        quoted = r"'([^'\\]*)'"  # as Python writes a list
        if not re.fullmatch(rf"\[\s*{quoted}(?:\s*,\s*{quoted})*\s*\]", cell):
            return cell
        found = re.findall(quoted, cell)
    if isinstance(found, dict) and len(found) == 1:
        found, = found.values()
    return _cell(found) if isinstance(found, (str, list)) and found else cell


def decoded(data: bytes) -> str:
    """Text in UTF-8 or UTF-16, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _delimited(text: str, name: str) -> Table:
    """Rows of cells, by the separator that the first line has most of; in a list of
    paths without one (.txt), by spaces after a picture's name."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    told = re.fullmatch(r"sep=(.)", head.strip("\ufeff\r\n "))  # Excel's own hint
    plain = re.sub(r'"[^"]*"', "", head)
    separator = told[1] if told else max(_SEPARATORS, key=plain.count)
    if name.lower().endswith(TEXTS) and not told and separator not in plain:
        return _with_header(_spaced(text))
    lines: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        cells = [_unguarded(cell.strip()) for cell in cells]
        if any(cells) and not (told and not lines and reader.line_num == 1):
            lines.append((reader.line_num, cells))
    if not lines:
        raise DatasetError(f"{shown_name(name)} is empty.", "It needs the columns file and label.")
    return _with_header(lines)


def _spaced(text: str) -> list[tuple[int, list[str]]]:
    """`a b.jpg 3` is a picture's name and a label; `apple_pie/12` is a path alone,
    `1025794 A 340` a name without ending."""
    picture = re.compile(r"(.+?\.(?:" + "|".join(end[1:] for end in MEDIA_EXTENSIONS)
                         + r"))\s+(.+)", re.IGNORECASE)
    lines, named = [], False
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            match = picture.fullmatch(line)
            named = named or bool(match)
            lines.append((number, [match[1], *match[2].split()] if match else line.split()))
    if named or len({len(cells) for _, cells in lines}) < 2:
        return lines
    # names without an ending, labels of several words
    return [(number, [cells[0], *([" ".join(cells[1:])] if cells[1:] else [])])
            for number, cells in lines]


def _with_header(lines: list[tuple[int, list[str]]]) -> Table:
    first = lines[0][1] if lines else []
    if any(cell.lower().endswith(MEDIA_EXTENSIONS) for cell in first) or len(first) < 2:
        return Table((), tuple(lines))
    return Table(tuple(first), tuple(lines[1:]))


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(FORMULA) else cell


def _from_json(text: str, shown: str) -> Table:
    try:
        found = json.loads(text)
    except ValueError:
        # one record a line, as Hugging Face's metadata.jsonl
        lines = [(number, json.loads(line)) for number, line in enumerate(text.splitlines(), 1)
                 if line.strip()]
        return _records(lines, shown)
    if isinstance(found, dict) and isinstance(found.get("images"), list):
        if isinstance(found.get("annotations"), list):
            return _coco(found)
        return _records(list(enumerate(found["images"], 1)), shown)
    if isinstance(found, dict):
        return _mapping(found, shown)
    if isinstance(found, list):
        return _records(list(enumerate(found, 1)), shown)
    raise DatasetError(f"{shown} holds no list of pictures.", "It needs file and label of each.")


def _records(lines: list[tuple[int, Any]], shown: str) -> Table:
    """A list of {"file": ..., "label": ...}; the names of the columns are the keys."""
    if not lines or not all(isinstance(record, dict) for _, record in lines):
        raise DatasetError(f"{shown} holds no records with file and label.",
                           "Write one for each picture.")
    flat = [(number, _flat(record)) for number, record in lines]
    header = tuple(dict.fromkeys(key for _, record in flat for key in record))
    return Table(header, tuple((number, [record.get(key, "") for key in header])
                               for number, record in flat))


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """What a record says, under the innermost keys: Label Studio's
    `annotations[].result[].value.choices` is `choices`. The outermost of equal keys
    counts; what several entries of a list say is joined."""
    cells: dict[str, str] = {}
    deeper: list[list[Mapping[str, Any]]] = []
    for key, value in record.items():
        inner = [value] if isinstance(value, dict) else _dicts(value)
        if inner:
            deeper.append(list(inner))
        else:
            cells[str(key)] = _cell(value)
    for entries in deeper:
        joined: dict[str, dict[str, None]] = {}  # sets that keep the order
        for entry in entries:
            for key, cell in _flat(entry).items():
                joined.setdefault(key, {}).update({cell: None} if cell else {})
        for key, said in joined.items():
            cells.setdefault(key, "|".join(said))
    return cells


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(_cell(item) for item in value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None or isinstance(value, dict) else str(value)


def _mapping(found: Mapping[str, Any], shown: str) -> Table:
    """{"a.jpg": "cat"}, {"cat": ["a.jpg", "b.jpg"]}, or {"a.jpg": {"label": "cat"}}, as
    VGG's annotator writes them."""
    if found and all(isinstance(value, dict) for value in found.values()):
        return _records([(number, {"": key, **value})
                         for number, (key, value) in enumerate(found.items(), 1)], shown)
    rows: list[list[str]] = []
    for key, value in found.items():
        if isinstance(value, list) and all(isinstance(item, str) for item in value) \
                and not key.lower().endswith(MEDIA_EXTENSIONS):
            rows += [[item, key] for item in value]
        elif isinstance(value, (str, int, list)):
            rows.append([key, _cell(value)])
        else:
            raise DatasetError(f"{shown} holds no list of pictures.",
                               "It needs file and label of each.")
    return Table(("file", "label"), tuple(enumerate(rows, 1)))


def _coco(found: Mapping[str, Any]) -> Table:
    """COCO's `images`, `annotations` and `categories` (cocodataset.org, "Data format"):
    a picture's label is its only category; of several, all are in the cell."""
    names = {_cell(item.get("id")): _cell(item.get("name", item.get("id")))
             for item in _dicts(found.get("categories"))}
    labels: dict[str, dict[str, None]] = {}  # a set that keeps the order
    for item in _dicts(found["annotations"]):
        category = _cell(item.get("category_id"))
        if name := names.get(category, category):
            labels.setdefault(_cell(item.get("image_id")), {})[name] = None
    rows = [[_cell(item.get("file_name")), "|".join(labels.get(_cell(item.get("id")), ()))]
            for item in _dicts(found["images"])]
    return Table(("file", "label"), tuple(enumerate(rows, 1)))


def _dicts(items: Any) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
