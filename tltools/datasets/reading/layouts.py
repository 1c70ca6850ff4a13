"""The one reader of layouts: what an attentive person would read from the paths of a
collection of pictures, and what else it could mean.

Owns which reading is the best and which others make sense. Pure: nothing is opened but
files of labels, through the function that is given. Leaves folders to `folders`,
file names to `file_names`, files of labels to `tables`, and decoding to
`importing`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from tltools.datasets.names import clean_name, look_alike, natural_key
from tltools.datasets.reading import file_names, folders, labels, tables, words
from tltools.datasets.reading.folders import Item, Outline
from tltools.datasets.reading.labels import Labels, Row
from tltools.datasets.reading.levels import some_of
from tltools.datasets.reading.tables import Joined
from tltools.datasets.reading.words import Path, ignored
from tltools.datasets.records import Skipped
from tltools.errors import DatasetError, TltoolsError
from tltools.images import MEDIA_EXTENSIONS, shown_name

__all__ = ["TITLES", "Item", "Reading", "chosen", "ignored", "readings", "some_of"]

TITLES = {
    "class-folders": "Each folder is a class",
    "split-above-classes": "Folders for training, validation or test, with the classes in them",
    "classes-above-split": "Class folders, with training and test in each",
    "parts": "Portions or groups, with the same classes in each",
    "table": "A file of labels says the classes",
    "file-names": "The file names say the classes",
    "inner-folders": "The innermost folder is the class",
    "folders-in-classes": "The folders in the class folders are the classes",
    "own-names": "The folders are the classes, by their own names",
    "folders-as-they-are": "The outermost folder is the class, whatever it is called",
    "one-class": "All pictures are of one class",
    "unlabelled": "Pictures without a label, to classify later",
}
"""The readings by their names, in the order in which they are offered."""
_PEEKED = 200  # files without an ending that are looked into
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*", b"\0\0\0")
_PACKED = (".zip", ".tar", ".tgz", ".tar.gz", ".gz", ".rar", ".7z", ".bz2", ".xz")
_NO_CLASSES = ("table", "file-names", "one-class", "unlabelled")
_OWN_NAMES = ("table", "one-class", "unlabelled", "own-names", "folders-as-they-are")


@dataclass(frozen=True)
class Reading:
    """One way to read the paths. layout: its name in `TITLES`. items: every picture, in
    natural order. skipped: files among them that are not used. notes: sentences on how
    it was read. report: of a file of labels (`labels.Assigned`), else None; lines: its
    lines that are not used. rows: of the pictures that files of labels name."""

    layout: str
    items: tuple[Item, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    report: dict[str, Any] | None = None
    lines: tuple[Skipped, ...] = ()
    rows: Mapping[Path, Row] = field(default_factory=dict, compare=False, repr=False)

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in natural order."""
        return sorted({item.class_name for item in self.items} - {""}, key=natural_key)

    @property
    def look_alike(self) -> list[tuple[str, ...]]:
        """Groups of classes whose names differ only in case, spaces or form."""
        return look_alike(self.classes)


def readings(paths: Iterable[Path], read: Callable[[Path], bytes],
             given: Labels | None = None) -> list[Reading]:
    """All readings that make sense, the best first.

    paths: of all files, in parts (folders and name). read: the bytes of one of them;
    called for files of labels, and for files without an ending that may be no pictures.
    given: labels that a person has chosen. Raises `DatasetError` where there are no
    pictures.
    """
    every = sorted({path for path in paths if path and not ignored(path)})
    pictures = _pictures(every, read)
    if not pictures:
        raise _no_pictures(every)
    masks = set(file_names.same_picture_masks(pictures))
    reader = _Reader([path for path in pictures if path not in masks],
                     sorted(set(every) - set(pictures)), read, given)
    left_out = [(path, "Its name says that it is the mask of another picture.")
                for path in sorted(masks)]
    best, *others = _different(reader.all())
    return [replace(reading, skipped=(*reading.skipped, *_skipped(left_out)))
            for reading in (best, *sorted(others, key=_order))]


def chosen(found: list[Reading], layout: str) -> Reading:
    """The reading called `layout`, the best for ""; raises `DatasetError` that names
    those that fit."""
    for reading in found:
        if layout in ("", reading.layout):
            return reading
    raise DatasetError(f"Received the layout {shown_name(layout, 30)}, which does not fit.",
                       f"These do: {', '.join(reading.layout for reading in found)}.")


def _no_pictures(every: list[Path]) -> DatasetError:
    """The error that says what was found instead, and what to do about it."""
    remedy = "Put the pictures of each class into a folder of its own."
    if not every:
        return DatasetError("No files were found.", remedy)
    ends = Counter(end.lower() for stem, dot, end in (
        path[-1].rpartition(".") for path in every) if dot and stem)
    common = ends.most_common(1)[0][0] if ends else ""
    packed = next((path[-1] for path in every if path[-1].lower().endswith(_PACKED)), "")
    if packed:
        remedy = f"Unpack {shown_name(packed, 30)} first."
    elif common and f".{common}" not in labels.EXTENSIONS:
        remedy = "Save them as PNG or JPEG, those of each class in a folder of its own."
    found = f"; most end in .{shown_name(common, 12)}" if common else ""
    return DatasetError(f"No pictures were found among {len(every):,} files{found}.", remedy)


class _Reader:
    """Makes the readings of one collection; each method gives one, or None."""

    def __init__(self, pictures: list[Path], others: list[Path],
                 read: Callable[[Path], bytes], given: Labels | None) -> None:
        self.pictures, self.others = pictures, others
        self.outline = folders.outline(pictures)
        self.tables = [] if given else tables.find(pictures, others, read)
        self.rows = tables.of_given(given, pictures) if given \
            else tables.joined(self.tables, pictures)
        self.rows = self.rows and tables.named(self.rows, others, read)
        self.lists = tables.split_lists(pictures, others, read)
        self.given = given
        self.twice = file_names.same_names(pictures)
        self.read, self.unread = read, ""
        self.names: dict[frozenset[str], tuple[dict[str, str], str]] = {}
        key = lru_cache(maxsize=20_000)(natural_key)  # few folders, many pictures
        self.order = {path: number for number, path in enumerate(sorted(
            pictures, key=lambda path: [*map(key, path[:-1]), natural_key(path[-1])]))}

    def all(self) -> list[Reading]:
        """All readings, the likeliest first."""
        folders, table = self.folders(), self.table()
        if not (folders or table):
            self.unread = tables.unread(self.pictures, self.others, self.read)
        names = self.file_names()
        copies = self._copies(table)
        first = [table] if self.given or copies else []
        if folders and len(folders.classes) > 1 and not self._shards(table) \
                and not copies and not (names and self._grouping()):
            first += [folders, table, names]
        elif table and (not names or _labelled(table) >= 0.9 * _labelled(names)):
            first += [table, names, folders]
        else:
            first += [names, table, folders]
        if not (folders or table or names) and self.outline.alone:
            first.append(self.one_class())
        # without any sign of a class, none is made up
        more = [self.unlabelled(), self.joined(), self.inner(), self.below(),
                self.folders("own-names"), self.as_they_are(), self.one_class()]
        return [reading for reading in (*first, *more) if reading]

    def folders(self, layout: str = "") -> Reading | None:
        """By the folders; pictures in them without a class by files of labels."""
        found = self.outline
        if not found.classes:
            return None
        items, notes = self._completed(found)
        items, more = self._with_split(items)
        return self._reading(layout or found.layout, items, [*found.notes, *notes, *more],
                             found.left_out)

    def table(self) -> Reading | None:
        """By the file of labels that was given, or those among the files."""
        said = self.rows
        if said is None:
            return None
        parts = self._parts() or self.lists or file_names.parts_named(said.rows)
        items = []
        for path in self.pictures:
            item = Item(path, "", parts.get(path, ""))
            row = said.rows.get(path)
            if row:
                told = self._told(item, said)
                item = Item(path, row.label, told.part, told.group)
            items.append(item)
        out = dict(self.outline.left_out)
        items = [item for item in items if item.class_name or item.path not in out]
        made = self._reading("table", items, said.words, [
            (path, reason) for path, reason in out.items() if path not in said.rows])
        return replace(made, report=said.report, lines=tuple(said.lines))

    def file_names(self) -> Reading | None:
        """By a pattern in the names of the files."""
        kept = [item.path for item in self.outline.items]
        parts = self._parts() or file_names.parts_named(kept)
        apart = not self.outline.classes  # portions without classes may be named otherwise
        found = file_names.find(kept, lambda path: parts.get(path, path[0]) if apart else "")
        if not found:
            return None
        grouped = self._grouping()
        items = [Item(item.path, clean_name(found.classes[item.path]), parts.get(item.path, ""),
                      item.group or (item.class_name if grouped else ""))
                 for item in self.outline.items]
        example = next(item for item in items if item.class_name)
        note = (f"The class is {found.words} of the file name: {shown_name(example.path[-1], 30)} "
                f"is {shown_name(example.class_name, 30)}.")
        return self._reading("file-names", items, [note], self.outline.left_out)

    def joined(self) -> Reading | None:
        """Folders that hold the same folders, whatever they are called."""
        found = folders.outline(self.pictures, joined=True)
        return self._reading(found.layout, found.items, found.notes, found.left_out) \
            if found.layout == "parts" else None

    def inner(self) -> Reading | None:
        """The folder that holds a picture, but for those that say nothing."""
        items = []
        clean = lru_cache(maxsize=20_000)(clean_name)
        flat = not self.outline.classes
        for item in self.outline.items:
            name = next((part for part in reversed(item.path[:-1])
                         if not words.generic(part)
                         and not words.sure_part(part)), "")
            name = name if item.class_name or flat else ""
            items.append(Item(item.path, clean(name), item.part, item.group))
        deep = any(len(item.path) > 2 for item in items)
        return self._reading("inner-folders", items, [], self.outline.left_out) \
            if deep and len({item.class_name for item in items}) > 1 else None

    def below(self) -> Reading | None:
        """The folders in those of the classes."""
        below = self.outline.below
        items = [Item(item.path, clean_name(below.get(item.path, "")), item.part, item.group)
                 for item in self.outline.items]
        return self._reading("folders-in-classes", items, [], self.outline.left_out) \
            if below else None

    def as_they_are(self) -> Reading | None:
        """The outermost folders that differ."""
        found = folders.outline(self.pictures, plain=True)
        return self._reading(found.layout, found.items, [], []) \
            if len(found.classes) > 1 else None

    def one_class(self) -> Reading:
        """All of one class, called as their folder."""
        top = self.pictures[0][0] if len({path[0] for path in self.pictures}) == 1 \
            and len(self.pictures[0]) > 1 else ""
        name = self.outline.alone or clean_name(top) or "pictures"
        items = [Item(item.path, name, item.part, item.group) for item in self.outline.items]
        return self._reading("one-class", items, [
            f"All pictures are of one class, {shown_name(name, 40)}; "
            "a network needs two at least."], self.outline.left_out)

    def unlabelled(self) -> Reading:
        """None has a label."""
        items = [Item(item.path, "", item.part) for item in self.outline.items]
        notes = [] if self.outline.classes else self.outline.notes
        return self._reading("unlabelled", items, notes, self.outline.left_out)

    def _parts(self) -> dict[Path, str]:
        """The part of the split that the folders say, where they hold no classes."""
        return {item.path: item.part for item in self.outline.items if item.part}

    def _grouping(self) -> bool:
        """Whether the folders read as classes are called after groups: user_1, user_2.
        """
        return words.portions(self.outline.classes or {""}) == "group"

    def _shards(self, table: Reading | None) -> bool:
        """Whether the folders only portion pictures that a table labels: their names
        are numbers or codes, and say something else than it."""
        if not table or _labelled(table) < 0.9 * len(self.pictures):
            return False
        by_folder = {item.path: item.class_name for item in self.outline.items}
        codes = all(len(name) <= 3 and all(letter in "0123456789abcdefABCDEF" for letter in name)
                    for name in self.outline.classes)
        labels_of: dict[str, set[str]] = {}
        for item in table.items:
            labels_of.setdefault(by_folder.get(item.path, ""), set()).add(item.class_name)
        mixed = sum(len(found) > 1 for found in labels_of.values())
        return mixed > len(labels_of) / 2 and (codes or bool(
            words.portions(self.outline.classes)))

    def _copies(self, table: Reading | None) -> bool:
        """Whether nearly all pictures that a table labels lie once more, without a
        label, in another folder that would be a class: originals beside resized ones.
        """
        if not table or not self.rows or not self.rows.rows:
            return False
        rows = self.rows.rows
        classes = {item.path: item.class_name for item in self.outline.items}
        again: dict[str, set[str]] = {}
        for path, name in classes.items():
            if path not in rows:
                again.setdefault(path[-1], set()).add(name)
        copied = sum(bool(again.get(path[-1], set()) - {classes.get(path, "")}) for path in rows)
        return copied > 0.9 * len(rows)

    def _called(self, layout: str, items: list[Item]) -> tuple[list[Item], list[str]]:
        """The items with the names that a file has for the numbers or codes by which
        their classes are called, and a sentence on it."""
        if self.given or layout in _OWN_NAMES:
            return items, []
        classes = frozenset(item.class_name for item in items if item.class_name)
        if classes not in self.names:
            self.names[classes] = tables.names_of(classes, self.others, self.read)
        names, sentence = self.names[classes]
        return [Item(item.path, names.get(item.class_name, ""), item.part, item.group)
                for item in items] if names else items, [sentence] if names else []

    def _completed(self, found: Outline) -> tuple[list[Item], list[str]]:
        """The items, those without a class completed from files of labels or from the
        names of their files, where these say classes that the folders have."""
        lacking = [item.path for item in found.items if not item.class_name]
        if not lacking:
            return found.items, []
        numbers = {name.lstrip("0"): name for name in found.classes}
        known: dict[Path, tuple[str, str]] = {}
        notes = []
        for table in self.tables:
            rows = labels.assign(table.labels, lacking, table.path[:-1]).rows
            names = {path: numbers.get(row.label.lstrip("0"), row.label)
                     for path, row in rows.items()}
            if len(set(names.values()) & found.classes) > len(set(names.values())) / 2:
                known |= {path: (name, rows[path].group) for path, name in names.items()
                          if path not in known}
                notes.append(f"{shown_name(table.path[-1], 40)} labels {len(rows):,} pictures "
                             "that lie in no class folder.")
        by_part: dict[str, list[Path]] = {}
        for item in found.items:
            if not item.class_name and item.path not in known:
                by_part.setdefault(item.part, []).append(item.path)
        for paths in by_part.values():
            named = file_names.classes_named(paths, found.classes)
            known |= {path: (name, "") for path, name in named.items()}
            if named:
                notes.append(f"{len(named):,} pictures in no class folder have the class "
                             "in their file names.")
        return [replace(item, class_name=known[item.path][0], group=known[item.path][1])
                if item.path in known else item for item in found.items], notes

    def _with_split(self, items: list[Item]) -> tuple[list[Item], list[str]]:
        """The items with the split and the groups of files that give no other classes.
        """
        table, notes = self.rows, []
        if table and tables.say_the_same(
                table.rows, {item.path: item.class_name for item in items}):
            told = [self._told(item, table) for item in items]
            notes = ["A file of labels gives the split or the groups."] if told != items else []
            items = told
        if self.lists and not any(item.part for item in items):
            items = [Item(item.path, item.class_name, self.lists.get(item.path, ""), item.group)
                     for item in items]
            notes.append("Lists of paths give the split.")
        return items, notes

    @staticmethod
    def _told(item: Item, table: Joined) -> Item:
        """The item with what a table says of its part and group."""
        row = table.rows.get(item.path)
        if not row:
            return item
        return Item(item.path, item.class_name,
                    row.part or item.part or table.parts.get(item.path, ""),
                    item.group or row.group)

    def _reading(self, layout: str, items: list[Item], notes: list[str],
                 left_out: list[tuple[Path, str]]) -> Reading:
        items, called = self._called(layout, items)
        notes = [*notes, *called]
        items = [replace(item, group=self.twice[item.path])
                 if item.class_name and not item.group and item.path in self.twice else item
                 for item in items]
        pair = sorted(path[-1] for path in self.twice if path[:-1] == next(iter(self.twice))[:-1])
        if pair and any(item.class_name for item in items):
            notes = [*notes, f"{some_of(pair[:2])}: one name, two endings. If one is a mask "
                     "or a copy, leave it out."]
        if self.unread and layout in ("one-class", "unlabelled", "file-names"):
            notes = [*notes, self.unread]
        return Reading(
            layout, tuple(sorted(items, key=lambda item: self.order[item.path])),
            (*_skipped(left_out), *self._among(layout, items)), tuple(_noted(items, notes)),
            rows=self.rows.rows if self.rows else {})

    def _among(self, layout: str, items: list[Item]) -> list[Skipped]:
        """Other files that lie among the pictures of a class folder."""
        if layout in _NO_CLASSES:
            return []
        folders = {item.path[:-1] for item in items if item.class_name}
        return _skipped((path, "Its name is not that of a picture.") for path in self.others
                        if path[:-1] in folders)


def _pictures(every: list[Path], read: Callable[[Path], bytes]) -> list[Path]:
    """Those that are pictures by their names; of those without an ending, if some in
    the same folder begin like a picture."""
    bare: dict[Path, list[Path]] = {}
    found = []
    for path in every:
        stem, dot, end = path[-1].rpartition(".")
        if path[-1].lower().endswith(MEDIA_EXTENSIONS):
            found.append(path)
        elif not (dot and stem and end and not end.isspace()) \
                and not words.no_picture(path[-1]):
            bare.setdefault(path[:-1], []).append(path)
    for paths in list(bare.values())[:_PEEKED]:
        if any(_begins_like_one(path, read) for path in paths[:2]):
            found += paths
    return sorted(found)


def _begins_like_one(path: Path, read: Callable[[Path], bytes]) -> bool:
    try:
        data = read(path)
    except TltoolsError:
        return False
    return data.startswith(_MAGIC) or data[4:8] == b"ftyp"


def _noted(items: list[Item], notes: list[str]) -> list[str]:
    """The notes, and what a person should know of any reading."""
    notes = list(notes)
    count = sum(not item.class_name for item in items)
    if count and count < len(items):
        notes.append(f"{count:,} pictures have no label; they are kept apart, to classify later."
                     if count > 1 else "One picture has no label; it is kept apart.")
    elif count:
        notes.append("Nothing says which class a picture belongs to.")
    groups = len({item.group for item in items} - {""})
    if groups and not any("group" in note for note in notes):
        notes.append(f"{groups:,} groups of pictures: each stays on one side of the split.")
    for names in look_alike({item.class_name for item in items} - {""}):
        notes.append(f"These names look alike: {some_of(names)}. Should they be one class?")
    parts = {item.part for item in items if item.class_name}
    lacking = {item.class_name for item in items if item.class_name} \
        - {item.class_name for item in items if item.class_name and item.part in ("", "train")}
    if parts == {"test"} or parts == {"validation"}:
        notes.append(f"All pictures lie in a folder for {parts.pop()}; none is for training.")
    if lacking and "train" in parts:
        notes.append(f"No training pictures: {some_of(lacking)}.")
    return notes


def _labelled(reading: Reading) -> int:
    return sum(bool(item.class_name) for item in reading.items)


def _skipped(left_out: Iterable[tuple[Path, str]]) -> list[Skipped]:
    return [Skipped("/".join(path), reason) for path, reason in left_out]


def _order(reading: Reading) -> int:
    return list(TITLES).index(reading.layout)


def _different(found: list[Reading]) -> list[Reading]:
    """Without readings that say the same as one before them."""
    kept: dict[Any, Reading] = {}
    names = Counter[str]()
    for reading in found:
        key = frozenset(reading.items)
        if key not in kept and not names[reading.layout]:
            kept[key] = reading
            names[reading.layout] += 1
    return list(kept.values())
