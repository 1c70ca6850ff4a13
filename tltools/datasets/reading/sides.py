"""Folders that lie beside the pictures of a collection and hold none to learn from:
masks and annotations, and what lies there twice.

Owns when such folders are left out, and why. Leaves the meaning of single names to
`words`, and what the rest means to `folders`.
"""

from collections.abc import Iterable

from tltools.datasets.reading import words
from tltools.datasets.reading.levels import Fan, Leaf, down, fan_of, folded, unwrapped
from tltools.datasets.reading.words import Path

MASKS = "It lies in a folder of masks or annotations."
_COPY = "It lies in a second copy of the same folders."
_ALL_OF_THEM = "A picture of this name lies in a folder of a class too."
_MOST = 50  # folders beside each other among which copies are looked for
_OVERLAP = 0.9  # share of the files that bear the names of pictures: these are masks

LeftOut = list[tuple[Path, str]]


def without_side_data(fan: Fan, loose: Iterable[Leaf] | None = None) -> tuple[Fan, LeftOut]:
    """The folders without masks and annotations of the pictures beside them, and what
    is left out. loose: of the folders below a class, its pictures beside these; a
    folder called Label is none of its pictures there, unless it has no others."""
    sides = [name for name in fan if words.side_data(name)]
    plain = [name for name in fan if words.generic(name) and name not in sides]
    ended = [name for name in fan if words.generic_end(name) and name not in sides]
    parts = words.parts_of(fan)
    kept, left = {}, []
    within = loose is not None and (bool(list(loose)) or len(sides) < len(fan))
    for name, leaves in fan.items():
        beside = name in sides and (
            plain or within or any(parts[other] == parts.get(name) for other in parts
                                  if other not in sides)
            or any(_named_alike(leaves, fan[other]) for other in ended))
        if beside or (words.truth(name) and parts):
            left += _all(leaves, MASKS)
        else:
            kept[name] = leaves
    return kept, left


def without_copies(fan: Fan) -> tuple[Fan, LeftOut]:
    """The folders without one that holds the others, or what lies in them, once more,
    and without a copy by its name; and what is left out."""
    left: LeftOut = []
    while 2 <= len(fan) <= _MOST:
        name, reason = _copy_in(fan)
        if not name:
            break
        left += _all(fan[name], reason)
        fan = {other: leaves for other, leaves in fan.items() if other != name}
    return fan, left


def _copy_in(fan: Fan) -> tuple[str, str]:
    """A folder that is a copy, and the reason; two empty texts for none."""
    below = {name: {(*leaf.rest[1:], leaf.path[-1]) for leaf in leaves}
             for name, leaves in fan.items()}
    for name in fan:
        if below[name] <= below.get(words.copied(name), set()):
            return name, "It lies in a second copy of the same folder."
    for name in sorted(fan, reverse=True):
        twins = [other for other in fan if other != name and other.casefold() == name.casefold()
                 and folded(below[other]) == folded(below[name])]
        if any(len(path) < 2 for path in below[name]):
            if twins and words.role(name)[0]:  # flat classes of one name are asked about
                return name, _COPY
            continue
        others = {(*leaf.rest, leaf.path[-1]) for other, leaves in fan.items()
                  for leaf in leaves if other != name}
        if twins or (below[name] <= others and not words.role(name)[0]):
            return name, _COPY
    return _flat_copy_in(fan)


def _flat_copy_in(fan: Fan) -> tuple[str, str]:
    """A folder called `resized` or so that holds all pictures of the folders of classes
    beside it under the same names, without these folders."""
    flat = {name: unwrapped(down(leaves)) for name, leaves in fan.items()}
    for name, leaves in flat.items():
        if words.generic(name) and not any(leaf.rest for leaf in leaves):
            named = {leaf.path[-1] for leaf in leaves}
            others = [leaf for other, inside in flat.items() if other != name for leaf in inside]
            if len(fan_of(others)[0]) > 1 and len(named) > 1 \
                    and named == {leaf.path[-1] for leaf in others} and len(others) == len(named):
                return name, _ALL_OF_THEM
    return "", ""


def _named_alike(leaves: list[Leaf], others: list[Leaf]) -> bool:
    """Whether nearly all files bear the name of one of the others, but for the ending.
    """
    known = {_stem(leaf) for leaf in others}
    return sum(_stem(leaf) in known for leaf in leaves) >= _OVERLAP * len(leaves)


def _stem(leaf: Leaf) -> str:
    return leaf.path[-1].rpartition(".")[0].casefold()


def _all(leaves: Iterable[Leaf], reason: str) -> LeftOut:
    return [(leaf.path, reason) for leaf in leaves]
