"""What the folders around pictures say: their class, their part of the split, their
group.

Owns the reading of folders, from the outermost to the innermost. Each level of folders
that lie beside each other is a wrapping, the parts of a split, portions of a download,
or the classes; it is what the folders below it support. Leaves the meaning of single
names to `words`, plain questions about one level to `levels`, and file
names and tables to `file_names` and `tables`.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tltools.datasets.names import clean_name
from tltools.datasets.reading import words
from tltools.datasets.reading.levels import (
    Fan,
    Leaf,
    all_down,
    below_classes,
    doubts,
    down,
    fan_of,
    folders_in,
    indexed,
    opens,
    same_below_split,
    same_picture_grouped,
    some_of,
    unwrapped,
    with_split,
    without_role,
)
from tltools.datasets.reading.sides import MASKS, without_copies, without_side_data
from tltools.datasets.reading.words import Path

DEEPEST = 16
"""Folders looked at, from the outermost; deeper ones belong to the class above them."""
_FEW = 0.1  # pictures beside the only folder: fewer than this share of all are not the point
CLASS_FOLDERS, SPLIT_ABOVE, SPLIT_BELOW = "class-folders", "split-above-classes", \
    "classes-above-split"
PARTS, AS_THEY_ARE, UNLABELLED = "parts", "folders-as-they-are", "unlabelled"


@dataclass(frozen=True)
class Item:
    """One picture as read. class_name: "" without a label. part: "" if none is given,
    "train", "validation" or "test". group: "" or what stays on one side of a split."""

    path: Path
    class_name: str = ""
    part: str = ""
    group: str = ""


@dataclass
class Outline:
    """What folders say. layout: its name. left_out: (path, reason) of pictures that are
    none to learn from. alone: the name of the only folder of the pictures, if it says
    what they show. below: folders in those of classes that may be the classes."""

    layout: str = UNLABELLED
    items: list[Item] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alone: str = ""
    below: dict[Path, str] = field(default_factory=dict)

    @property
    def classes(self) -> set[str]:
        """The names of the classes."""
        return {item.class_name for item in self.items} - {""}


def outline(paths: Iterable[Path], plain: bool = False, joined: bool = False) -> Outline:
    """Read the folders above pictures. plain: the outermost folders that differ are the
    classes, whatever they are called. joined: folders that hold the same folders are
    portions, whatever they are called."""
    reader = _Reader(plain, joined)
    reader.walk([
        Leaf(path, words.dated(tuple(
            unicodedata.normalize("NFC", part) for part in path[:-1][:DEEPEST])))
        for path in paths
    ])
    found = reader.found
    found.items.sort(key=lambda item: item.path)
    found.left_out.sort()
    return found


class _Reader:
    """Walks down; each method that answers True has dealt with all that it was given.
    """

    def __init__(self, plain: bool, joined: bool) -> None:
        self.plain, self.joined, self.found = plain, joined, Outline()

    def walk(self, leaves: list[Leaf], above: str = "", split: bool = True) -> None:
        """Read these leaves. above: the folder around them. split: whether a split may
        still come."""
        fan, loose = fan_of(leaves)
        fan = fan if self.plain else self._pictures_in(fan)
        if len(fan) < 2:
            self._wrapping(fan, loose, above, split)
            return
        if not self.plain:
            if split and (self._hoisted(fan, loose, above) or self._split_in_names(fan, loose)
                          or self._beside_classes(fan, loose) or self._split(fan, loose)
                          or self._split_once(fan, loose, above)):
                return
            if self._portions(fan, loose, split) or self._split_below(fan, loose):
                return
            if self._one_among_others(fan, loose, above, split):
                return
            if all(words.generic(name) for name in fan) and not folders_in(fan):
                self._flat([*loose, *all_down(fan)], "")
                return
        self._classes(fan, loose, split)

    def _wrapping(self, fan: Fan, loose: list[Leaf], above: str, split: bool) -> None:
        """One folder around all the rest, or none."""
        if not fan:
            self._flat(loose, above)
            return
        (name, leaves), = fan.items()
        inner = down(leaves)
        deeper, direct = fan_of(inner)
        few = len(loose) < _FEW * len(leaves)
        if loose and not few and not opens(inner):
            if not words.generic(name) and not words.role(name)[0]:
                self.found.notes.append(f"One folder, {some_of([name])}, lies beside pictures "
                                        "without one. Put those of each class into a folder.")
            self._flat([*loose, *inner], above)
            return
        if deeper and (not direct or len(direct) < _FEW * len(inner) or opens(inner)):
            part = "" if self.plain else words.sure_part(name)
            if part:
                self._name(SPLIT_ABOVE)
            self._unlabelled(loose)
            inner = [leaf._replace(part=leaf.part or part) for leaf in inner]
            self.walk(inner, name if not words.generic(name) and not part else above, split)
            return
        self._unlabelled(loose)
        self._flat(inner, name)

    def _flat(self, leaves: list[Leaf], above: str) -> None:
        """Pictures that no folder tells apart."""
        part = words.role(above)[0]
        if part and not self.plain:
            sure = words.sure_part(above)
            leaves = [leaf._replace(part=leaf.part or sure) for leaf in leaves]
        elif above and not words.generic(above) and words.portions([above]) != "portion":
            self.found.alone = clean_name(above)
        self._unlabelled(leaves)

    def _unlabelled(self, leaves: Iterable[Leaf]) -> None:
        self.found.items += [Item(leaf.path, "", leaf.part, leaf.group) for leaf in leaves]

    def _leave_out(self, leaves: Iterable[Leaf], reason: str) -> None:
        self.found.left_out += [(leaf.path, reason) for leaf in leaves]

    def _name(self, layout: str) -> None:
        if self.found.layout == UNLABELLED:
            self.found.layout = layout

    def _pictures_in(self, fan: Fan) -> Fan:
        """The folders that hold pictures to learn from; the others are left out."""
        fan, masks = without_side_data(fan)
        fan, copies = without_copies(fan)
        self.found.left_out += masks + copies
        return fan

    def _split_in_names(self, fan: Fan, loose: list[Leaf]) -> bool:
        """cats_train, cats_test, dogs_train ...: the class and the part in one name."""
        read = {name: words.role(name) for name in fan}
        rests = Counter(rest for _, rest in read.values())
        if any(part in ("", "unlabelled") or not rest for part, rest in read.values()) \
                or len(rests) < 2 or len(fan) < 1.5 * len(rests) or folders_in(fan):
            return False
        for name, leaves in fan.items():
            part = words.sure_part(read[name][0])
            self._members(clean_name(without_role(name)), leaves, part)
        self._unlabelled(loose)
        self._name(SPLIT_ABOVE)
        self.found.notes.append("The folders' names hold the class and the part of the split.")
        return True

    def _hoisted(self, fan: Fan, loose: list[Leaf], above: str) -> bool:
        """data/train, data/val and, beside data, test: the three belong together."""
        for name, leaves in fan.items():
            inner = unwrapped(down(leaves))
            parts = words.parts_of(fan_of(inner)[0])
            others = [other for other in fan if other != name]
            if len(set(parts.values())) > 1 and len(parts) == len(fan_of(inner)[0]) \
                    and len(words.parts_of(others)) == len(others):
                rest = [leaf for other in others for leaf in fan[other]]
                self.walk([*inner, *rest, *loose], above)
                return True
        return False

    def _beside_classes(self, fan: Fan, loose: list[Leaf]) -> bool:
        """cats, dogs and, beside them, test/cats, test/dogs."""
        parts = words.parts_of(fan)
        classes = {name: leaves for name, leaves in fan.items() if name not in parts}
        below = {name: unwrapped(down(fan[name]), set(classes)) for name in parts}
        if len(classes) < 2 or not parts or not all(
                fan_of(leaves)[0] and set(fan_of(leaves)[0]) <= set(classes)
                for leaves in below.values()):
            return False
        self._name(SPLIT_ABOVE)
        leaves = [leaf for inside in classes.values() for leaf in inside]
        leaves += [leaf._replace(part=parts[name].replace("unlabelled", ""))
                   for name, inside in below.items() for leaf in inside]
        joined, more = fan_of(leaves)
        self._classes(joined, [*loose, *more], False)
        return True

    def _split(self, fan: Fan, loose: list[Leaf]) -> bool:
        """train/cats, test/cats ...; test may hold pictures without a label."""
        parts = words.parts_of(fan)
        inside = {name: set(fan_of(unwrapped(down(leaves)))[0]) for name, leaves in fan.items()}
        known = set().union(*(inside[name] for name in parts if len(inside[name]) > 1)) \
            or set().union(*(inside[name] for name in parts)) or _only_one(inside, parts)
        if not parts or not _supported(parts, inside, known):
            return False
        # the only other folder beside one for validation
        rest = "train" if "validation" in parts.values() and "train" not in parts.values() \
            and len(fan) == len(parts) + 1 else ""
        joined, apart = [], list(loose)
        for name, leaves in fan.items():
            part = parts.get(name, rest).replace("unlabelled", "")
            inner = [leaf._replace(part=leaf.part or part)
                     for leaf in unwrapped(down(leaves), known)]
            if not known or name in parts or inside[name] & known:
                joined += inner
            elif words.beside(name):
                self._leave_out(leaves, _beside(name))
            else:
                apart += [leaf._replace(rest=(), part="") for leaf in inner]
        if known:
            self._name(SPLIT_ABOVE)
        others = [name for name in fan if name not in parts and inside[name] & known]
        if others and not rest and any(inside[name] for name in parts):
            self.found.notes.append(f"{some_of(others)}: the same classes, without a part of the "
                                    "split in the name.")
        self._unlabelled(apart)
        self._below_split(joined, known)
        return True

    def _split_once(self, fan: Fan, loose: list[Leaf], above: str) -> bool:
        """processed/train/cat and raw/cat: joined, a picture and its original might be
        on two sides of the split."""
        name = with_split(fan)
        if not name:
            return False
        aside = [other for other in fan if words.beside(other)]
        flat = [other for other in fan if other not in (name, *aside)
                and not fan_of(unwrapped(down(fan[other])))[0]]
        same = fan.keys() - {name, *flat, *aside}
        for other in aside:
            self._leave_out(fan[other], _beside(other))
        for other in sorted(same):
            self._leave_out(fan[other], f"The folder {some_of([name])} has these classes with "
                            "their split; these may be the same pictures.")
        self._unlabelled([*loose, *(leaf for other in flat for leaf in fan[other])])
        if same:
            self.found.notes.append(f"{some_of(same)}: left out, because "
                                    f"{some_of([name])} has the same classes with their split.")
        self.walk(fan[name], above)
        return True

    def _below_split(self, leaves: list[Leaf], known: set[str]) -> None:
        """The classes in the parts of a split: one class too, where parts name it."""
        fan, loose = fan_of(leaves)
        if len(fan) == 1 and known:
            self._classes(fan, loose, False)
        else:
            self.walk(leaves, split=False)

    def _portions(self, fan: Fan, loose: list[Leaf], split: bool) -> bool:
        """batch1/cats, batch2/cats ...: the folders inside are what counts; those of
        patients or days are groups too."""
        kind = words.portions(fan) or ("portions" if all(map(words.generic_end, fan)) else "")
        inside = {name: unwrapped(down(leaves)) for name, leaves in fan.items()}
        below = {name: set(fan_of(leaves)[0]) for name, leaves in inside.items()}
        no_class = words.no_class(fan)
        grouped = no_class or kind == "group" or (kind in ("ids", "numbered") and len(fan) > 2)
        if (kind == "portion" or no_class) and not any(below.values()):
            self._flat([*loose, *_grouped(inside, grouped)], "")
            return True
        if no_class and all(words.generic(name) or words.side_data(name)
                            for name in set().union(*below.values())):
            self.walk([*loose, *_grouped(inside, grouped)], split=split)
            return True
        if indexed(fan):
            kind, inside = "portion", {name: down(leaves) for name, leaves in fan.items()}
        elif not (same_below_split(inside) or _domains(below)
                  or ((no_class or kind or self.joined)
                      and self._shared("portion" if no_class else kind, below))):
            return False
        inner = _grouped(inside, grouped)
        if kind == "variant":
            inner = same_picture_grouped(inner)
        self._name(PARTS)
        self.found.notes.append(
            f"The folders {some_of(fan)} hold {'the same' if _overlap(below) else 'the'} classes; "
            + ("each is a group on one side of the split." if grouped else "they are joined."))
        if not kind and not grouped and not self.joined:
            self.found.notes.append(f"Or are {some_of(fan)} the classes?")
        self._unlabelled(loose)
        self.walk(inner, split=split)
        return True

    def _shared(self, kind: str, below: dict[str, set[str]]) -> bool:
        """Whether the folders below are the same often enough to be the classes."""
        every = set().union(*below.values())
        if len(every) < 2 or not all(below.values()):
            return False
        if kind == "portion" or len(words.parts_of(every)) == len(every):
            return kind == "portion"
        if words.portions(every) in ("group", "portion", "ids") \
                or all(words.generic(name) or words.side_data(name) for name in every):
            return False
        times = sum(len(names) for names in below.values()) / len(every)
        if kind == "ids" or (kind == "numbered" and len(below) > 2):
            return times >= 1.5 and len(every) <= len(below)
        return times >= 1.5

    def _split_below(self, fan: Fan, loose: list[Leaf]) -> bool:
        """cats/train, cats/test, dogs/train ..."""
        inside = {name: fan_of(unwrapped(down(leaves), {"train", "test"}))
                  for name, leaves in fan.items()}
        truths = [(name, other) for name in fan for other in inside[name][0] if words.truth(other)]
        apart = [leaf for name, other in truths for leaf in inside[name][0].pop(other)]
        having = [name for name in fan if inside[name][0]]
        below = set().union(*(set(inside[name][0]) for name in having))
        parts = words.parts_of(below)
        if len(having) < 0.8 * len(fan) or len(parts) < len(below) or not below:
            return False
        self._leave_out(apart, MASKS)
        for name in fan:
            class_name = clean_name(name)
            self._members(class_name, inside[name][1])
            for part, leaves in inside[name][0].items():
                meaning = "" if parts[part] == "unlabelled" else parts[part]
                self._members(class_name, down(leaves), meaning)
        self._unlabelled(loose)
        self._name(SPLIT_BELOW)
        return True

    def _one_among_others(self, fan: Fan, loose: list[Leaf], above: str, split: bool) -> bool:
        """A folder with the classes in it, beside folders of screenshots and the like.
        """
        beside = [name for name in fan if words.beside(name)]
        rest = [name for name in fan if name not in beside]
        if len(rest) != 1 or len(fan_of(unwrapped(down(fan[rest[0]])))[0]) < 2:
            return False
        for name in beside:
            self._leave_out(fan[name], _beside(name))
        self._unlabelled(loose)
        self.walk(fan[rest[0]], above, split)
        return True

    def _classes(self, fan: Fan, loose: list[Leaf], split: bool) -> None:
        """These folders are the classes."""
        apart = [] if self.plain or not split else self._to_classify(fan)
        for name, leaves in fan.items():
            if name in apart:
                self._unlabelled(leaves)
            elif clean_name(name):
                inner = [leaf._replace(rest=leaf.rest[1:]) for leaf in leaves]
                self._members(clean_name(name), inner)
            else:
                self._unlabelled(leaves)
                self.found.notes.append("A folder's name has no visible letter; "
                                        "its pictures have no class.")
        self._unlabelled(loose)
        self._name(AS_THEY_ARE if self.plain else CLASS_FOLDERS)
        if not self.plain:
            self.found.notes += doubts(fan)
            self.found.below |= below_classes(fan)

    @staticmethod
    def _to_classify(fan: Fan) -> list[str]:
        """Folders that can be no class beside two others: test/*.jpg, unlabelled, days.
        """
        found = [
            name for name in fan if words.days([name]) or (
                not words.role(name)[1] and words.role(name)[0] in ("test", "unlabelled"))
        ]
        return found if len(fan) - len(found) > 1 else []

    def _members(self, class_name: str, leaves: list[Leaf], part: str = "") -> None:
        """Pictures of a class, with all folders below it. A folder that is called after
        a group, as video_3, is one."""
        fan, loose = fan_of(leaves)
        if not self.plain:
            fan, masks = without_side_data(fan, loose)
            self.found.left_out += masks
        leaves = [*loose, *(leaf for inside in fan.values() for leaf in inside)]
        grouped = len(fan) > 1 and not self.plain and (
            all(map(words.group_folder, fan)) or words.portions(fan) in ("ids", "group"))
        for leaf in leaves:
            group = leaf.group or ("/".join((class_name, leaf.rest[0]))
                                   if grouped and leaf.rest else "")
            self.found.items.append(Item(leaf.path, class_name, leaf.part or part, group))


def _grouped(inside: Fan, grouped: bool) -> list[Leaf]:
    """The leaves of all folders; grouped: each folder is a group."""
    return [leaf._replace(group=leaf.group or (clean_name(name) if grouped else ""))
            for name, leaves in inside.items() for leaf in leaves]


def _overlap(below: dict[str, set[str]]) -> bool:
    """Whether two of the folders hold folders of one name."""
    return sum(map(len, below.values())) > len(set().union(*below.values()))


def _domains(below: dict[str, set[str]]) -> bool:
    """Whether few folders each hold the same many, as photos and sketches of seven
    animals: then these are the classes."""
    every = set().union(*below.values())
    return all(names == every for names in below.values()) and len(every) > max(4, len(below)) \
        and not words.portions(every) and not any(map(words.view, every))


def _only_one(inside: dict[str, set[str]], parts: dict[str, str]) -> set[str]:
    """The classes in the only folder that has some, where the parts beside it have
    none: data/cats, data/dogs, test/1.jpg."""
    having = [names for name, names in inside.items() if name not in parts and names]
    return having[0] if len(having) == 1 and len(having[0]) > 1 \
        and "train" not in parts.values() else set()


def _supported(parts: dict[str, str], inside: dict[str, set[str]], known: set[str]) -> bool:
    """Whether the folders beside and below bear out that names mean a split. inside:
    the folders in each. known: the classes."""
    several = len(set(parts.values())) > 1
    others = [name for name in inside if name not in parts]
    if not known:
        return several and not others
    if several or not others:
        return True
    if any(not any(word in words.words_of(name) for word in words.role(part)[1])
           and not words.generic(name) and not words.beside(name)
           for part in parts if inside[part] and words.role(part)[1] for name in others):
        return False  # training shoes beside hiking boots
    # one part beside other folders: most of what they hold must be the same classes
    return len(known) > 1 and all(
        words.beside(name) or 2 * len(inside[name] & known) > len(inside[name]) for name in others)


def _beside(name: str) -> str:
    return f"It lies beside the pictures, in the folder {some_of([name])}."
