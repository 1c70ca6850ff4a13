"""Columns of files of labels by which pictures can be grouped: of any name, as a person
chooses.

Owns which columns can group and what they say of each picture. Leaves a column that is
called after groups to `label_columns`.
"""

from collections.abc import Mapping

from tltools.datasets.names import clean_name
from tltools.datasets.reading import words
from tltools.datasets.reading.label_columns import cell_at, says_yes_or_no
from tltools.datasets.reading.labels import Row
from tltools.datasets.reading.words import Path
from tltools.errors import DatasetError

_SHOWN = 6  # columns in a message


def group_columns(rows: Mapping[Path, Row]) -> list[str]:
    """The names of the columns with values that come again and are neither the label,
    yes and no, nor a part of the split; in the order of the file."""
    return [name for name in _columns(rows) if _can_group(rows, name)]


def values_of(rows: Mapping[Path, Row], column: str) -> dict[Path, str]:
    """What a column says of each picture that a row names. Raises `DatasetError` for a
    column that is not there, with those that are."""
    if not rows:
        raise DatasetError(f"There is no file of labels with a column {clean_name(column)[:30]}.",
                           "Give one, or group by folder.")
    columns = _columns(rows)
    if column not in columns:
        named = [name[:15] for name in group_columns(rows) or columns]
        raise DatasetError(f"There is no column {clean_name(column)[:30]} in the file of labels.",
                           f"These can be chosen: {', '.join(named[:_SHOWN])}."
                           if named else "It does not name its columns.")
    return {path: clean_name(cell) for path, cell in _cells(rows, column).items()}


def _columns(rows: Mapping[Path, Row]) -> list[str]:
    headers = dict.fromkeys(row.header for row in rows.values())
    return list(dict.fromkeys(name for header in headers for name in header if name))


def _cells(rows: Mapping[Path, Row], column: str) -> dict[Path, str]:
    places = {header: header.index(column) if column in header else -1
              for header in {row.header for row in rows.values()}}
    return {path: cell_at(row.cells, places[row.header]) for path, row in rows.items()}


def _can_group(rows: Mapping[Path, Row], column: str) -> bool:
    cells = _cells(rows, column)
    values = set(cells.values()) - {""}
    return 1 < len(values) < sum(map(bool, cells.values())) \
        and not says_yes_or_no(values) and not all(map(words.sure_part, values)) \
        and any(clean_name(cell) != rows[path].label for path, cell in cells.items())
