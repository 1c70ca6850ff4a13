"""Names for classes that are called by numbers or codes: `cat_to_name.json`,
`classes.txt`, `LOC_synset_mapping.txt` beside folders called 1 or n01440764.

Owns which file gives them and how it is written. Leaves files that label pictures to
`tables`.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable

from tltools.datasets.names import clean_name
from tltools.datasets.reading import label_files
from tltools.datasets.reading.words import Path, words_of
from tltools.errors import InputError
from tltools.images import MEDIA_EXTENSIONS, shown_name

_CODE = re.compile(r"[A-Za-z]{0,5}[_-]?\d+")  # 12, n01440764, class_3
_MOST = 100_000  # lines of such a file: ImageNet's words.txt has 82,115
_LISTS = {"class", "classes", "classnames", "label", "labels", "labelnames", "names", "categories",
          "category", "synset", "synsets"}
Pairs = dict[str, str]


def find(classes: Collection[str], files: Iterable[Path],
         read: Callable[[Path], bytes]) -> tuple[Pairs, str]:
    """The names of all the classes by the first of the files that has them, and a
    sentence that says so; ({}, "") where none has or the classes are no codes.

    A file that names some classes only is not used.
    """
    if not classes or not all(map(_CODE.fullmatch, classes)):
        return {}, ""
    for path in files:
        try:
            known = _pairs(read(path), path[-1], classes)
        except (InputError, ValueError, RecursionError):
            continue
        names = {code: clean_name(known.get(code, known.get(_plain(code), "")))
                 for code in classes}
        if all(map(_a_name, names.values())) and (names := _told_apart(names, known)):
            first = min(classes, key=lambda code: (len(code), code))
            return names, (f"{shown_name(path[-1], 40)} names the classes: {first} is "
                           f"{shown_name(names[first], 40)}.")
    return {}, ""


def _told_apart(names: Pairs, known: Pairs) -> Pairs:
    """The names, those of two synsets with their codes: ImageNet has two cranes. {}
    where two numbers have one name: they number something else than classes."""
    times = Counter(names.values())
    if any(code.isdecimal() for code in names):
        return names if len(set(known.values())) == len(known) else {}
    return {code: name if times[name] == 1 else f"{name} ({code})"
            for code, name in names.items()}


def _a_name(text: str) -> bool:
    """Whether a class may be called so: it has a word and is no picture."""
    return any(word.isalpha() for word in words_of(text)) \
        and not _CODE.fullmatch(text) and not text.lower().endswith(MEDIA_EXTENSIONS)


def _plain(code: str) -> str:
    """A number without zeros before it, as 00001 and 1 are one."""
    return code.lstrip("0") or "0" if code.isdecimal() else code


def _pairs(data: bytes, name: str, classes: Collection[str]) -> Pairs:
    """What the file calls each code; {} if it is no list of codes and names."""
    if name.lower().endswith(label_files.TEXTS):
        lines = [line.strip() for line in label_files.decoded(data).splitlines()[:_MOST]]
        lines = [line for line in lines if line and not line.startswith("#")]
        split = [re.split(r"\s*[\t:,;=]\s*|\s+", line, maxsplit=1) for line in lines]
        ends = [re.split(r"\s*[\t:,;=]\s*|\s+(?=\S+$)", line, maxsplit=1) for line in lines]
        return _by_code(split) or _by_code(ends) or _in_order(lines, name, classes)
    if name.lower().endswith(label_files.JSONS):
        found = json.loads(label_files.decoded(data))
        if isinstance(found, list) and all(isinstance(entry, str) for entry in found):
            return _in_order(found, name, classes)
    table = label_files.read(data, name)
    rows = [cells for _, cells in table.lines[:_MOST]]
    # the first line names the columns, unless it is a pair as the others
    return _by_code([list(table.header), *rows]) or _by_code(rows)


def _by_code(rows: list[list[str]]) -> Pairs:
    """Rows of two, code and name in either order; each code once."""
    for code, name in ((0, 1), (1, 0)):
        if rows and all(len(cells) == 2 and _CODE.fullmatch(cells[code]) for cells in rows):
            found = {_plain(cells[code]): cells[name] for cells in rows}
            return found if len(found) == len(rows) else {}
    return {}


def _in_order(lines: list[str], name: str, classes: Collection[str]) -> Pairs:
    """A line for each class of 0 to n - 1, or 1 to n, in a file that is called so."""
    numbers = {int(code) for code in classes if code.isdecimal()}
    if not _LISTS & set(words_of(name)) or not len(lines) == len(numbers) == len(classes):
        return {}
    first = min(numbers, default=-1)
    if first not in (0, 1) or numbers != set(range(first, first + len(lines))):
        return {}
    return {str(number): line for number, line in enumerate(lines, first)}
