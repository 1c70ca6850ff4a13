"""Files of labels that lie among the pictures, and lists of paths that give a split.

Owns which of the files are of labels, how several of them (one for each part of a
split) are one, and what a list called `test.txt` says. Leaves reading one file to
`labels`.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tltools.datasets.reading import class_names, label_columns, label_files, labels, words
from tltools.datasets.reading.labels import Labels, Row
from tltools.datasets.reading.words import Path
from tltools.datasets.records import Skipped
from tltools.errors import DatasetError, InputError, TltoolsError
from tltools.images import shown_name

MOST = 40
"""Files looked at, the likeliest first."""
_NOT_READ = (".xlsx", ".xls", ".ods", ".mat", ".npy", ".npz", ".pkl", ".pickle", ".parquet",
             ".feather", ".arff", ".h5", ".hdf5", ".sqlite", ".db", ".accdb", ".numbers")
_LINES = 50  # of a table, to see whether it names pictures
_SAME = 0.9  # of the pictures in class folders: a table with them says the same
Read = Callable[[Path], bytes]


@dataclass(frozen=True)
class Table:
    """A file of labels among the files, and how many pictures it names."""

    path: Path
    labels: Labels
    matched: int


@dataclass(frozen=True)
class Joined:
    """What one or several files of labels say together. rows: of the pictures that they
    name. parts: from the names of the files. lines: those that are not used; report: as
    of `labels.Assigned`; words: sentences."""

    rows: dict[Path, Row]
    parts: dict[Path, str] = field(default_factory=dict)
    lines: list[Skipped] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def find(pictures: list[Path], others: list[Path], read: Read) -> list[Table]:
    """The files of labels that name pictures, the one that names most first; not the
    form for a competition's answers."""
    known = labels.keys_of(pictures)
    found = []
    for path in _likeliest_first(others)[:MOST]:
        try:
            made = labels.parse(read(path), path[-1], known)
        except InputError:
            continue
        matched = len(labels.assign(made, pictures, path[:-1]).rows)
        if matched and len({row.label for row in made.rows}) > 1:
            found.append(Table(path, made, matched))
    signs = [table for table in found if not table.labels.header
             and {"-1", "1"} <= {row.label for row in table.labels.rows} <= {"-1", "0", "1"}]
    if len(signs) > 1:  # a list for each class, with yes and no (PASCAL VOC)
        found = [table for table in found if table not in signs]
    return sorted(found, key=lambda table: (-table.matched, table.path))


def of_given(given: Labels, pictures: list[Path]) -> Joined:
    """What a file that a person chose says."""
    assigned = labels.assign(given, pictures)
    return Joined(assigned.rows, {}, assigned.notes, assigned.report,
                  [f"{shown_name(given.name, 40)}: the label is in {given.column}."])


def joined(tables: list[Table], pictures: list[Path]) -> Joined | None:
    """The first table together with those that go on with it: they label further
    pictures, with some of the same labels or under the same columns."""
    if not tables:
        return None
    made = Joined({})
    roles = words.parts_of({_stem(table.path) for table in tables})
    roles = roles if len(set(roles.values())) > 1 else {}
    report: dict[str, Any] = {}
    for table in tables:
        left = [path for path in pictures if path not in made.rows]
        assigned = labels.assign(table.labels, left, table.path[:-1])
        known = {row.label for row in made.rows.values()}
        fits = table.labels.header == tables[0].labels.header != () \
            or not known.isdisjoint(row.label for row in assigned.rows.values())
        if not assigned.rows or (known and not fits):
            continue
        made.rows.update(assigned.rows)
        part = roles.get(_stem(table.path), "").replace("unlabelled", "")
        made.parts.update(dict.fromkeys(assigned.rows, part) if part else {})
        made.lines.extend(assigned.notes)
        made.words.append(f"{shown_name(table.path[-1], 40)}: "
                          f"the label is in {table.labels.column}.")
        report = _added(report, assigned.report) if report else assigned.report
    made.report.update({**report, "unnamed": len(pictures) - len(made.rows)})
    return made


def unread(pictures: list[Path], others: list[Path], read: Read) -> str:
    """A sentence on a file that may say the classes and cannot be read: a spreadsheet,
    or a table that names the pictures and has no column that is clearly the label; ""
    for none."""
    known = labels.keys_of(pictures)
    for path in sorted(others, key=lambda path: (len(path), path)):
        name = path[-1].lower()
        if name.endswith(_NOT_READ):
            return (f"{shown_name(path[-1], 40)} may hold labels, but is not read. "
                    "Save it as CSV with the columns file and label.")
        if name.endswith(label_files.TABLES) and (kind := _names_pictures(path, known, read)):
            if kind == "several":
                return (f"{shown_name(path[-1], 40)} gives pictures several labels at once. "
                        "For one of them, make a column label.")
            return (f"{shown_name(path[-1], 40)} names the pictures, but no column is clearly "
                    "the label. Call it label.")
    return ""


def _names_pictures(path: Path, known: Collection[str], read: Read) -> str:
    """Whether the first lines of a table that cannot be used name pictures: "" if not,
    "several" if they say yes in several columns of a line, else "one"."""
    try:
        data = read(path)
        table = label_files.read(data, path[-1])
    except TltoolsError:
        return ""
    with contextlib.suppress(DatasetError):
        labels.parse(data, path[-1], known)
        return ""
    lines = [cells for _, cells in table.lines[:_LINES]]
    if not any(label_columns.key_of(cell) in known for cells in lines for cell in cells):
        return ""
    signs = label_columns.signs(lines)
    several = sum(len(label_columns.ones(cells, signs)) > 1 for cells in lines)
    return "several" if several else "one"


def named(said: Joined, others: list[Path], read: Read) -> Joined:
    """The labels by their names, where all are numbers and another file, as
    label_num_to_disease_map.json, has one name for each."""
    names, words = names_of({row.label for row in said.rows.values()}, others, read)
    return replace(said, words=[*said.words, words], rows={
        picture: replace(row, label=names[row.label])
        for picture, row in said.rows.items()}) if names else said


def names_of(classes: Collection[str], others: list[Path],
             read: Read) -> tuple[dict[str, str], str]:
    """As `class_names.find`, of the likeliest files."""
    return class_names.find(classes, _likeliest_first(others)[:MOST], read)


def say_the_same(rows: Mapping[Path, Row], classes: Mapping[Path, str]) -> bool:
    """Whether rows label pictures as their folders do: each label is one class, though
    it may be called otherwise (a number)."""
    pairs = Counter((rows[path].label, name) for path, name in classes.items()
                    if name and path in rows)
    named = sum(bool(name) for name in classes.values())
    likeliest: dict[str, str] = {}
    for (label, name), _ in pairs.most_common():
        likeliest.setdefault(label, name)
    agreeing = sum(count for (label, name), count in pairs.items() if likeliest[label] == name)
    return agreeing >= _SAME * named > 0 and len(set(likeliest.values())) == len(likeliest)


def split_lists(pictures: list[Path], others: list[Path], read: Read) -> dict[Path, str]:
    """The part of pictures that lists of paths give, called after a part of the split
    as train.txt and test.txt; {} if a part has several, which may be other splits."""
    named = [path for path in others if path[-1].lower().endswith((".txt", ".lst"))]
    roles = words.parts_of({_stem(path) for path in named})
    found: dict[Path, str] = {}
    seen, count = [], 0
    for path in named:
        part = roles.get(_stem(path), "")
        if not part or part == "unlabelled":
            continue
        inside = _listed(path, pictures, read)
        if inside:
            seen.append(part)
            count += len(inside)
            found |= dict.fromkeys(inside, part)
    return found if len(set(seen)) == len(seen) > 1 and count == len(found) else {}


def _listed(path: Path, pictures: list[Path], read: Read) -> set[Path]:
    """The pictures that a list names, if it names little else."""
    try:
        lines = read(path).decode("utf-8", "replace").splitlines()[:labels.MAX_ROWS]
    except TltoolsError:
        return set()
    rows = tuple(Row(number, line.split()[0], "listed")
                 for number, line in enumerate(lines, 1) if line.strip())
    inside = set(labels.assign(Labels(path[-1], rows, (), len(rows)), pictures).rows)
    return inside if len(inside) > 0.5 * len(rows) else set()


def _likeliest_first(others: Iterable[Path]) -> list[Path]:
    """Files that may be of labels: tables before JSON and lists, the outermost first.
    Annotations for a search of objects are a thousand small files."""
    kinds = {end: rank for rank, end in enumerate(labels.EXTENSIONS)}
    ranked = []
    for path in others:
        name = path[-1].lower()
        rank = next((kinds[end] for end in kinds if name.endswith(end)), None)
        if rank is not None and "submission" not in name:
            ranked.append((rank, len(path), path))
    return [path for *_, path in sorted(ranked)]


def _stem(path: Path) -> str:
    return path[-1].rpartition(".")[0]


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two reports as one."""
    notes = one["notes"] + other["notes"]
    return {
        "file": one["file"] if one["file"] == other["file"] else f"{one['file']} and others",
        **{key: one[key] + other[key] for key in ("rows", "matched", "contradicting")},
        "unnamed": other["unnamed"], "notes": notes[:labels.SHOWN],
        "more": one["more"] + other["more"] + len(notes[labels.SHOWN:])
    }
