"""Classes from the names of picture files: cat.0.jpg, Abyssinian_12.jpg, 001_rose.png.

Owns the patterns and when one is believed. The class is a run of words of the name; a
pattern is believed if few classes hold many pictures each, so that names that a camera
gives (IMG_0001) or that tell pictures apart by chance are no classes.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tltools.datasets.names import clean_name
from tltools.datasets.reading import words
from tltools.datasets.reading.words import Path

LEAST = 0.9
"""Share of the names that a pattern must fit."""
ALONE = 0.2
"""At most this share of the pictures may be the only one of their class."""
_CAMERA = {"img", "image", "images", "dsc", "dscn", "dscf", "dscs", "pxl", "p", "mvi", "pic",
           "pict", "picture", "photo", "foto", "frame", "scan", "screenshot", "untitled",
           "whatsapp image", "signal", "gopr", "dji", "download", "unnamed", "bild", "file", "x",
           "im", "i", "sample", "capture", "snapshot", "imag", "cimg", "sam", "hpim", "wa"}
_MESSAGES = {"whatsapp", "telegram", "messenger", "at", "um", "à", "a", "las", "le", "del", "on",
             "video", "am", "pm", "from", "von", "bildschirmfoto", "capture"}
_SEPARATORS = re.compile(r"[\s_\-.,()\[\]#+~]+")
_ROBOFLOW = re.compile(r"(?:_(?:jpe?g|png|bmp|webp))?\.rf\.[0-9a-zA-Z]{6,}$", re.IGNORECASE)
_HASH = re.compile(r"(?=.*\d)[0-9a-f]{6,}|[0-9a-f]{8,}")


@dataclass(frozen=True)
class Pattern:
    """A pattern as found. words: where the class stands, for a note. classes: the class
    of each picture, "" where its name has none."""

    words: str
    classes: Mapping[Path, str]

    @property
    def share(self) -> float:
        """The share (0..1) of the pictures that got a class."""
        return sum(bool(name) for name in self.classes.values()) / max(len(self.classes), 1)


def find(paths: Iterable[Path], folder_of: Callable[[Path], str]) -> Pattern | None:
    """The pattern that the names of pictures without class folders follow, or None.

    folder_of: what tells apart portions of the pictures that may be named in another
    manner, as `train/cat.0.jpg` and `test/1.jpg`: a pattern must fit one of them, and
    then gives classes to those of the others that bear a class's name.
    """
    units: dict[str, list[Path]] = {}
    for path in paths:
        units.setdefault(folder_of(path), []).append(path)
    every = [path for unit in units.values() for path in unit]
    stems = {path: stem_of(path[-1]) for path in every}
    found = []
    for unit in (every, *(units.values() if len(units) > 1 else ())):
        for place, read in _PLACES:
            some = [read(stems[path]) for path in unit[::len(unit) // 300 + 1]]
            if 2 * sum(map(bool, some)) < len(some) or len(set(some)) == 1:
                continue  # most have no class there: the rest need not be looked at
            known = set(_believed({path: read(stems[path]) for path in unit}))
            if known:
                classes = {path: name if (name := read(stem)) in known else ""
                           for path, stem in stems.items()}
                # with digits in them, many classes may tell single pictures apart
                codes = len(known) if any(map(str.isdecimal, "".join(known))) else 0
                found.append((round(Pattern(place, classes).share, 1), -codes, classes, place))
    if not found:
        return _numbers_in(every, units.values())
    *_, classes, place = max(found, key=lambda item: item[:2])  # of equals the first
    return Pattern(place, classes)


@lru_cache(maxsize=100_000)
def stem_of(name: str) -> str:
    """A file's name without its ending and without what Roboflow adds to it."""
    return unicodedata.normalize("NFC", _ROBOFLOW.sub("", name.rpartition(".")[0] or name))[:200]


def same_picture_masks(paths: Iterable[Path]) -> list[Path]:
    """Pictures that are masks of others beside them by their names: `a (1)_mask.png` of
    `a (1).png`."""
    beside = {(*path[:-1], stem_of(path[-1])): path for path in paths}
    tail = re.compile(r"(.+?)[_\- ](?:mask|segmentation|seg|gt|groundtruth|label|annotation|anno)"
                      r"(?:[_\- ]?\d+)?",
                      re.IGNORECASE)
    found = []
    for (*folder, stem), path in beside.items():
        match = tail.fullmatch(stem)
        if match and (*folder, match[1]) in beside:
            found.append(path)
    return found


def same_names(paths: Iterable[Path]) -> dict[Path, str]:
    """A group for pictures in one folder that differ only in the ending, as a phone's
    IMG_1.HEIC and IMG_1.JPG: one picture twice, or a picture and its mask."""
    stems: dict[Path, list[Path]] = {}
    for path in paths:
        stems.setdefault((*path[:-1], path[-1].rpartition(".")[0]), []).append(path)
    return {path: clean_name("/".join(stem)) for stem, found in stems.items()
            if len(found) > 1 and stem[-1] for path in found}


def classes_named(paths: Iterable[Path], classes: Iterable[str]) -> dict[Path, str]:
    """The class that each name begins with, as `A_test.jpg` in a test folder beside a
    folder A of training; {} unless every name begins with one and two classes occur."""
    known = {words.words_of(name): name for name in classes}
    longest = max(map(len, known), default=0)
    found = {}
    for path in paths:
        tokens = words.words_of(stem_of(path[-1]))
        fitting = [known[tokens[:count]] for count in range(longest, 0, -1)
                   if tokens[:count] in known and len(tokens) > count]
        if not fitting or fitting[0].isdecimal():
            return {}
        found[path] = fitting[0]
    return found if len(set(found.values())) > 1 else {}


def parts_named(paths: Iterable[Path]) -> dict[Path, str]:
    """The part of the split that each name begins with, as `train_cat_1.jpg`; {} unless
    every name does and two parts occur."""
    found: dict[Path, str] = {}
    for path in paths:
        found[path] = words.sure_part((_tokens(stem_of(path[-1])) or [""])[0])
        if not found[path]:
            return {}
    return found if len(set(found.values())) > 1 else {}


def _tokens(stem: str) -> list[str]:
    return [token for token in _SEPARATORS.split(stem) if token]


def _joined(stem: str, tokens: list[str]) -> str:
    """The tokens as they stand in the stem, with what separates them."""
    if not tokens:
        return ""
    match = re.search(r"[\s_\-.,()\[\]#+~]+".join(map(re.escape, tokens)), stem)
    return match[0] if match else "_".join(tokens)


def _before_number(stem: str) -> str:
    tokens = _tokens(stem)
    while tokens and tokens[-1].isdecimal():
        tokens.pop()
    if tokens and len(tokens) == len(_tokens(stem)):
        tokens[-1] = tokens[-1].rstrip("0123456789")
        if not tokens[-1] or len(tokens[-1]) == len(_tokens(stem)[-1]):
            return ""
    return _joined(stem, _plain(tokens))


def _before_id(stem: str) -> str:
    """The words before the first one with a digit or a hash in it."""
    tokens = _tokens(stem)
    kept = []
    for token in tokens:
        if any(letter.isdecimal() for letter in token) or _HASH.fullmatch(token):
            break
        kept.append(token)
    return _joined(stem, _plain(kept)) if len(kept) < len(tokens) else ""


def _after_number(stem: str) -> str:
    tokens = _tokens(stem)
    first = len(tokens)
    while tokens and tokens[0].isdecimal():
        tokens.pop(0)
    if len(tokens) == first:
        return ""
    while tokens and tokens[-1].isdecimal():
        tokens.pop()
    return _joined(stem, _plain(tokens))


def _plain(tokens: list[str]) -> list[str]:
    """The tokens without a camera's word or a part of a split before the class."""
    while len(tokens) > 1 and (tokens[0].casefold() in _CAMERA or words.sure_part(tokens[0])):
        tokens = tokens[1:]
    return tokens


def _at(position: int) -> Callable[[str], str]:
    """The word at a place, if another one has a digit: a name of words alone, as
    coral_cat, describes what it shows in more ways than one."""
    def read(stem: str) -> str:
        tokens = _tokens(stem)
        if len(tokens) < 2 or not -len(tokens) <= position < len(tokens):
            return ""
        others = tokens[:position] + tokens[position:][1:]
        return tokens[position] if any(map(str.isdecimal, "".join(others))) else ""
    return read


_PLACES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("the words before the number", _before_number),
    ("the words before the first number", _before_id),
    ("the words after the number", _after_number),
    ("the first word", _at(0)),
    ("the last word", _at(-1)),
    ("the second word", _at(1)),
    ("the third word", _at(2)),
    ("the fourth word", _at(3)),
)


def _believed(values: Mapping[Path, str]) -> Collection[str]:
    """The classes, if these can be some: words, few beside the pictures, almost none
    alone; else nothing."""
    named = [value for value in values.values() if value and _word(value)]
    times = Counter(named)
    if len(times) < 2 or len(named) < LEAST * len(values):
        return ()
    if any(clean_name(value).casefold() in _CAMERA or words.sure_part(value) for value in times):
        return ()
    alone = sum(count == 1 for count in times.values())
    codes = sum(any(map(str.isdecimal, value)) for value in times)
    if 2 * codes > len(times) and len(named) < 3 * len(times):
        return ()  # NP1, NP2: more likely single things than classes
    if len(named) < 2 * len(times):
        # few pictures: cat.0 and dog.0 have the same number
        numbers = {_tokens(stem_of(path[-1]))[-1] for path in values}
        same = len(numbers) * len(times) <= len(named)
        return times if same and all(map(str.isdecimal, numbers)) else ()
    return times if alone <= ALONE * len(named) else ()


def _word(value: str) -> bool:
    tokens = [token for token in _tokens(value.casefold()) if not token.isdecimal()]
    if len(tokens) > 1 and all(token in _CAMERA | _MESSAGES for token in tokens):
        return False  # WhatsApp Image 2023-05-01 at
    return any(letter.isalpha() for letter in value) and not _HASH.fullmatch(value.casefold()) \
        and not re.fullmatch(r"\d+[^\W\d_]", value)  # 12r


def _numbers_in(every: list[Path], units: Collection[list[Path]]) -> Pattern | None:
    """The numbers of all pictures, or of those portions whose names have the same
    place of them: food in training/0_12.jpg, its test in testing/0012.jpg."""
    whole = _numbers(every)
    if whole or len(units) < 2:
        return whole
    found = [made for made in map(_numbers, units) if made]
    if not found or len({made.words for made in found}) > 1:
        return None
    classes = {path: name for made in found for path, name in made.classes.items()}
    return Pattern(found[0].words, dict.fromkeys(every, "") | classes)


def _numbers(paths: list[Path]) -> Pattern | None:
    """A single place with few different numbers, as in `7_0012.png`: the classes are
    numbers. Names with several such places (age, sex and time) say nothing for sure."""
    tokens = {path: _tokens(stem_of(path[-1])) for path in paths}
    lengths = {len(found) for found in tokens.values()}
    if len(paths) < 20 or len(lengths) != 1 or max(lengths) < 2:
        return None
    few = []
    for place in range(max(lengths)):
        values = Counter(found[place] for found in tokens.values())
        if not all(value.isdecimal() and len(value) <= 3 for value in values):
            continue
        if 2 <= len(values) <= 20 and min(values.values()) > 1 \
                and len(paths) >= 5 * len(values):
            few.append(place)
    if len(few) != 1 or few[0] not in (0, max(lengths) - 1):
        return None
    where = "the first number" if few[0] == 0 else "the last number"
    return Pattern(where, {path: found[few[0]] for path, found in tokens.items()})
