"""Folders one level at a time: what lies beside each other, what wraps what.

Owns the leaves (a picture and the folders still to be read) and the plain questions
about a level of them. Leaves what a level means to `folders`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tltools.datasets.names import clean_name, natural_key
from tltools.datasets.reading import words
from tltools.datasets.reading.words import Path


class Leaf(NamedTuple):
    """A picture and what is still to be read of its folders."""

    path: Path
    rest: Path
    part: str = ""
    group: str = ""


Fan = dict[str, list[Leaf]]


def fan_of(leaves: Iterable[Leaf]) -> tuple[Fan, list[Leaf]]:
    """The leaves by their next folder, and those that have none."""
    fan: Fan = {}
    loose = []
    for leaf in leaves:
        if leaf.rest:
            fan.setdefault(leaf.rest[0], []).append(leaf)
        else:
            loose.append(leaf)
    return fan, loose


def down(leaves: Iterable[Leaf]) -> list[Leaf]:
    """The leaves without their next folder."""
    # `_replace` takes three times as long, and this is done for each picture and level
    return [Leaf(path, rest[1:], part, group) for path, rest, part, group in leaves]


def all_down(fan: Fan) -> list[Leaf]:
    """The leaves of all folders beside each other, one folder further down."""
    return [leaf for leaves in fan.values() for leaf in down(leaves)]


def same_below_split(inside: dict[str, list[Leaf]]) -> bool:
    """Whether all hold parts of a split with the same folders in each: a/train/cats,
    a/test/dogs, b/train/cats ... Then these are the classes, whatever holds them."""
    below = set()
    for leaves in inside.values():
        fan, _ = fan_of(leaves)
        if len(words.parts_of(fan)) < max(len(fan), 1):
            return False
        below |= {frozenset(fan_of(unwrapped(down(deeper)))[0]) for deeper in fan.values()}
    return len(below) == 1 and len(below.pop()) > 1


def with_split(fan: Fan) -> str:
    """The only folder that holds a split of classes, where those beside it hold, or
    are, the same classes without one: processed/train/cat beside raw/cat; else ""."""
    split, rest = {}, {}
    for name, leaves in fan.items():
        inner, _ = fan_of(unwrapped(down(leaves)))
        parts = words.parts_of(inner)
        if len(parts) == len(inner) and len(set(parts.values())) > 1:
            split[name] = set().union(*(
                fan_of(unwrapped(down(inside)))[0] for inside in inner.values()))
        else:
            rest[name] = set(inner)
    if len(split) != 1 or not rest or words.parts_of(rest):
        return ""
    (name, known), = split.items()
    same = all(names <= known for names in rest.values())
    return name if same and len(known) > 1 else ""


def doubts(fan: Fan) -> list[str]:
    """Sentences on folders that were read as classes and may be none."""
    found = []
    deepest = [{leaf.rest[-1] for leaf in leaves if len(leaf.rest) > 2} for leaves in fan.values()]
    below = [set(fan_of(unwrapped(down(leaves)))[0]) for leaves in fan.values()]
    every = set().union(*below)
    if same := _telling(_shared(below)):
        found.append(f"The same folders lie in each class: {some_of(same)}. Are these the classes?")
    elif all(len(names) > 1 for names in below) and len(fan) > 1 and _telling(every):
        found.append(f"Further folders lie in the classes: {some_of(every)}. "
                     "Are these the classes?")
    if same := _telling(_shared(deepest)):
        found.append(f"The innermost folders are the same: {some_of(same)}. Are these the classes?")
    if not found and (innermost := _innermost(fan)):
        found.append(f"The folders below are joined: {some_of(innermost)}. Are these the classes?")
    if words.portions(fan) == "group":
        found.append(f"The folders {some_of(fan)} may be groups. Are they the classes?")
    for name in fan:
        copied = re.fullmatch(r"(.+?)\s*\(\d+\)", name)
        base = words.copied(name) or (copied[1] if copied else "")
        if base in fan:
            found.append(f"{some_of([name])} may be more of {some_of([base])}. "
                         "Should they be one class?")
        inner, _ = fan_of(down(fan[name]))
        parts = words.parts_of(inner)
        if len(set(parts.values())) > 1 and len(parts) == len(inner):
            found.append(f"The folder {some_of([name])} holds {some_of(inner)}, unlike those "
                         "beside it. Is it a class?")
    return found[:5]


def below_classes(fan: Fan) -> dict[Path, str]:
    """The folder below the class of each picture, where each class holds several of its
    own that may be the classes: benign/adenosis, malignant/lobular."""
    inside = [unwrapped(down(leaves)) for leaves in fan.values()]
    names = [set(fan_of(leaves)[0]) for leaves in inside]
    if len(fan) < 2 or not all(len(found) > 1 for found in names) \
            or not _telling(set().union(*names)):
        return {}
    return {leaf.path: leaf.rest[0] for leaves in inside for leaf in leaves if leaf.rest}


def _innermost(fan: Fan) -> set[str]:
    """The innermost folders below those of classes, if they could be classes too; else
    none."""
    names = {leaf.rest[-1] for leaves in fan.values() for leaf in leaves if len(leaf.rest) > 1}
    other = words.parts_of(names) or any(
        words.generic(name) or name[0].isdecimal() for name in names)
    return set() if other else _telling(names)


def _shared(below: list[set[str]]) -> set[str]:
    """What lies in half of the folders at least, in two of them or more."""
    times = Counter(name for names in below for name in names)
    return {name for name, count in times.items() if count >= max(2, len(below) / 2)}


def _telling(names: set[str]) -> set[str]:
    """The names, if they could be those of classes; else none."""
    return names if len(names) > 1 and not words.portions(names) \
        and not all(map(words.generic, names)) else set()


def indexed(fan: Fan) -> bool:
    """Whether single letters hold the folders that begin with them: a/abbey, b/bakery.
    """
    return all(len(name) == 1 and name.isalpha() and all(
        leaf.rest[1:] and leaf.rest[1].casefold().startswith(name.casefold()) for leaf in leaves)
        for name, leaves in fan.items())


def folded(paths: Iterable[Path]) -> set[str]:
    """Paths without regard to large and small letters, to compare."""
    return {"/".join(path).casefold() for path in paths}


def folders_in(fan: Fan) -> bool:
    """Whether any of the folders beside each other has folders in it."""
    return any(leaf.rest[1:] for leaves in fan.values() for leaf in leaves)


def opens(leaves: list[Leaf]) -> bool:
    """Whether two folders lie beside each other somewhere below."""
    while True:
        fan, _ = fan_of(leaves)
        if len(fan) != 1:
            return len(fan) > 1
        leaves = down(next(iter(fan.values())))


def unwrapped(leaves: list[Leaf], known: set[str] | None = None) -> list[Leaf]:
    """The leaves without folders that wrap all of them: such with folders in them, such
    that say nothing, and, where the classes are known, one that is none of them."""
    while True:
        fan, loose = fan_of(leaves)
        if len(fan) != 1:
            return leaves
        (name, inside), = fan.items()
        inner = down(inside)
        if known and name in known:
            return leaves
        if not any(leaf.rest for leaf in inner) and not known \
                and not (words.generic(name) or words.role(name)[0]):
            return leaves
        leaves = [*loose, *inner]


def same_picture_grouped(leaves: list[Leaf]) -> list[Leaf]:
    """The leaves with a group for files of the same name in the same folder: one
    picture in colour and in grey must not be on two sides."""
    keys = [(*leaf.rest, leaf.path[-1].rpartition(".")[0]) for leaf in leaves]
    times = Counter(keys)
    return [leaf._replace(group=leaf.group or "/".join(key)) if times[key] > 1 else leaf
            for leaf, key in zip(leaves, keys, strict=True)]


def without_role(name: str) -> str:
    """A folder's name without the words that name a part: cats_train is cats."""
    kept = [word for word in re.split(r"[\s_\-.]+|(?<=[a-z])(?=[A-Z])", name)
            if not words.role(word)[0]]
    return " ".join(kept) or name


def some_of(found: Iterable[str], most: int = 3, length: int = 18) -> str:
    """Some names for a sentence: a, b, c and 4 more; long ones shortened."""
    every = sorted(found, key=natural_key)
    shown = [name if len(name) <= length else f"{name[:length - 1]}…"
             for name in map(clean_name, every[:most])]
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(shown) + more
