"""Which column of a file of labels names the picture, its label, its part of the split
and its group: by the columns' names, else by what stands in them.

Owns that choice. Leaves the formats to `label_files`, and what the rows say to
`labels`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tltools.datasets.reading import words
from tltools.datasets.reading.label_files import Table
from tltools.errors import DatasetError
from tltools.images import MEDIA_EXTENSIONS, shown_name

FILE_COLUMNS = ("file", "filename", "filepath", "filepaths", "filenames", "path", "image",
                "imagename", "imagefile", "imagepath", "img", "imageid", "images", "picture",
                "photo", "name", "id", "datei", "dateiname", "bild", "fichier", "archivo", "imgid",
                "imgname", "imgpath", "imagefilename", "imageindex")
LABEL_COLUMNS = ("label", "labels", "class", "classname", "classlabel", "category", "categories",
                 "target", "tag", "labelname", "categoryname", "classes", "klasse", "kategorie",
                 "classe", "clase", "species", "breed", "diagnosis", "dx", "diagnostic", "diagnose",
                 "befund", "disease", "emotion", "expression", "finding", "findinglabels",
                 "variety", "cultivar", "choice", "choices", "groundtruth", "truth", "targets",
                 "tags", "y", "classid", "categoryid", "labelid", "classindex")
SPLIT_COLUMNS = ("split", "subset", "set", "partition", "dataset", "usage", "phase", "fold")
GROUP_COLUMNS = ("group", "groups", "groupid", "patient", "patientid", "subject", "subjectid",
                 "participant", "participantid", "person", "personid", "lesionid", "caseid",
                 "session", "sessionid", "video", "videoid", "sequence", "sequenceid", "burst",
                 "specimen", "specimenid", "donor", "slide", "slideid", "individual",
                 "individualid", "site", "place", "location", "day", "date", "camera")
_ENDINGS = ("label", "class", "category", "species", "breed", "diagnosis", "disease", "type")
_YES, _NO = {"1", "1.0", "true"}, {"0", "0.0", "false", ""}
_YES_OR_NO = _YES | _NO | {"yes", "no", "-1", "unk", "unknown"}
_ONE_HOT = 0.8  # share of the rows with exactly one 1: else the columns are something else
_SOME = 500  # rows that are looked at to find a column by its content


@dataclass(frozen=True)
class Columns:
    """Which column says what; -1 for none. hot: those of the classes, each 1 or 0.
    more: further columns of pictures, as that of the right eye beside the left."""

    file: int
    label: int = -1
    split: int = -1
    group: int = -1
    hot: tuple[int, ...] = ()
    more: tuple[int, ...] = ()

    def words(self, table: Table) -> str:
        """Where the label stands, for a sentence."""
        if self.hot:
            return "a column for each class"
        name = table.header[self.label] if table.header else ""
        return f"the column {shown_name(name, 30)}" if name else f"column {self.label + 1}"


def find(table: Table, known: Collection[str], shown: str) -> Columns:
    """The columns of a table. known: what cells may call the pictures. Raises
    `DatasetError`, with the name that is shown, if none says a file or a label."""
    names = [re.sub(r"[\W_]", "", cell.casefold()) for cell in table.header]
    if not names and max((len(cells) for _, cells in table.lines), default=0) >= 2:
        return _without_header(table, known)
    file = _file_column(table, names, known)
    more = _more_files(table, names, file, known)
    taken = {file, *more}
    split, group = (_named(names, wanted, taken) for wanted in (SPLIT_COLUMNS, GROUP_COLUMNS))
    taken |= {split, group}
    label = _named(names, LABEL_COLUMNS, taken)
    if file >= 0 and label >= 0:
        return Columns(file, label, split, group, more=more)
    others = [column for column in range(len(names)) if column not in taken]
    hot = _one_hot(table, others)
    if hot and (file >= 0 or len(names) > len(hot)):
        file = file if file >= 0 else next(c for c in range(len(names)) if c not in hot)
        return Columns(file, -1, split, group, hot, more)
    label = _likeliest(table, others) if file >= 0 and known else -1
    if label >= 0:
        return Columns(file, label, split, group, more=more)
    first = table.header or (table.lines[0][1] if table.lines else [])
    seen = shown_name(", ".join(cell.replace("/", " ") for cell in first[:6]), 40)
    raise DatasetError(f"{shown} has no columns for file and label; its first line is: {seen}.",
                       "Name them file and label.")


def headed(table: Table, known: Collection[str]) -> Table:
    """The table; its first line is no header if it names a picture in the column in
    which the lines below name theirs (lists without endings: `1025794 707-320`)."""
    for column, cell in enumerate(table.header):
        plain = re.sub(r"[\W_]", "", cell.casefold())
        if key_of(cell) in known and plain not in FILE_COLUMNS:
            below = [key_of(cell_at(cells, column)) in known for _, cells in table.lines[:_SOME]]
            if 2 * sum(below) > len(below):
                return Table((), ((1, list(table.header)), *table.lines))
    return table


def signs(lines: list[list[str]]) -> list[int]:
    """The columns that say only yes and no: 1 with 0 or -1."""
    columns = list(zip(*lines, strict=False))
    return [column for column, cells in enumerate(columns)
            if {cell.casefold() for cell in cells} <= _YES | _NO | {"-1"}]


def says_yes_or_no(cells: Collection[str]) -> bool:
    """Whether cells say only yes and no."""
    return {cell.casefold() for cell in cells} <= _YES_OR_NO


def cell_at(cells: Sequence[str], column: int) -> str:
    """A cell; "" where the line is too short, or for no column."""
    return cells[column] if 0 <= column < len(cells) else ""


def ones(cells: list[str], hot: Iterable[int]) -> list[int]:
    """The columns of classes that say yes."""
    return [column for column in hot if column < len(cells) and cells[column].casefold() in _YES]


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Text to compare: large and small letters and the form of accents do not count."""
    return unicodedata.normalize("NFC", text).casefold()


def key_of(cell: str) -> str:
    """The name of the picture in a cell, to compare: without the folders before it."""
    return folded(cell.replace("\\", "/").rstrip("/").rpartition("/")[2])


def _without_header(table: Table, known: Collection[str]) -> Columns:
    """By content alone: pictures, parts of a split, and of the other columns the last
    one whose values come again (`TRAIN,a.jpg,cat`; `a.jpg,39,116,569,375,14`)."""
    width = max(len(cells) for _, cells in table.lines)
    file = max(0, _file_column(table, [""] * width, known))
    cells = {column: [cell_at(row, column) for _, row in table.lines] for column in range(width)}
    split = next((column for column in range(width) if column != file
                  and all(words.sure_part(cell) for cell in set(cells[column]))), -1)
    others = [column for column in range(width) if column not in (file, split)]
    again = [column for column in others if _comes_again(cells[column])]
    telling = [column for column in again if _has_words(set(cells[column]))]
    last = [*others[:1], *again[-1:], *telling[-1:]]
    return Columns(file, last[-1] if last else 1 - file, split if last else -1)


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
    some = [cells for _, cells in table.lines[:: max(1, len(table.lines) // _SOME)]]
    hits = [sum(column < len(cells) and key_of(cells[column]) in known for cells in some)
            for column in range(len(names))]
    best = max(range(len(names)), key=hits.__getitem__, default=-1)
    if best < 0 or hits[best] == 0:
        return named
    # of columns with equal names that with the folders: a name may lie in two of them
    return max((column for column in range(len(names)) if hits[column] == hits[best]),
               key=lambda column: (_folders(some, column), column == named, -column))


def _folders(some: Iterable[list[str]], column: int) -> int:
    """How many cells of a column hold a path with folders."""
    return sum("/" in cell_at(cells, column).replace("\\", "/") for cells in some)


def _more_files(table: Table, names: list[str], file: int,
                known: Collection[str]) -> tuple[int, ...]:
    """Further columns with a picture in every row, no picture twice: both eyes of a
    patient. Not beside a column that is called after pictures, nor masks."""
    if file < 0 or not known or names[file] in FILE_COLUMNS:
        return ()
    found, seen = [], {key_of(cell_at(cells, file)) for _, cells in table.lines}
    for column in range(len(names)):
        keys = [key_of(cell_at(cells, column)) for _, cells in table.lines]
        new = {key for key in keys if key in known and key.endswith(MEDIA_EXTENSIONS)}
        if column != file and 2 * len(new) > len(keys) and seen.isdisjoint(new) \
                and len(set(keys)) == len(keys) and not words.side_data(table.header[column]):
            found.append(column)
            seen |= new
    return tuple(found)


def _one_hot(table: Table, columns: list[int]) -> tuple[int, ...]:
    """The columns with nothing but 1 and 0, if nearly every row has one 1 in them."""
    hot = []
    for column in columns:
        cells = {row[column].casefold() for _, row in table.lines if column < len(row)}
        if cells <= _YES | _NO and cells & (_YES | {"0", "0.0", "false"}):
            hot.append(column)
    single = sum(len(ones(cells, hot)) == 1 for _, cells in table.lines)
    return tuple(hot) if len(hot) > 1 and single >= _ONE_HOT * len(table.lines) else ()


def _likeliest(table: Table, columns: list[int]) -> int:
    """The column of labels where no name tells: of those with values that come again
    and again the only one, else one whose name ends as that of a label (plant_species),
    else the first with words that say more than yes and no."""
    again: dict[int, set[str]] = {}
    for column in columns:
        cells = [row[column] for _, row in table.lines if column < len(row) and row[column]]
        if _comes_again(cells):
            again[column] = set(cells)
    named = [column for column in again if table.header[column].casefold().endswith(_ENDINGS)]
    words = [column for column, cells in again.items() if _has_words(cells)]
    numbers = [column for column in again if table.header[column].casefold().endswith("_id")]
    first = [*(again if len(columns) == 1 else ()), *named, *words, *numbers]
    return first[0] if first else -1


def _comes_again(cells: list[str]) -> bool:
    return 2 <= len(set(cells)) <= max(2, len(cells) // 2)


def _has_words(cells: set[str]) -> bool:
    """Whether each has a letter, and not all only say yes or no."""
    return all(re.search(r"[^\W\d_]", cell) for cell in cells) \
        and not says_yes_or_no(cells)
