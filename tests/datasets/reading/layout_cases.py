"""Collections as people have them, written as lists of paths, for the tests of the
reader of layouts.

Braces are spelt out as a shell does it (`{cats,dogs}/{1..3}.jpg`). Expected are the
name of the reading, the pictures of each class in training, validation and test and in
no part given, how many have no label, are left out, and how many groups there are.
"""

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from tltools.datasets.reading import layouts

Counts = dict[str, tuple[int, int, int, int]]


def spelt_out(pattern: str) -> list[str]:
    """a/{b,c}/{1..2}.jpg as the four paths that it means."""
    pieces = re.split(r"\{([^{}]*)\}", pattern)
    choices = []
    for number, piece in enumerate(pieces):
        run = re.fullmatch(r"(\d+)\.\.(\d+)", piece)
        if number % 2 and run:
            choices.append([str(n).zfill(len(run[1])) for n in range(int(run[1]), int(run[2]) + 1)])
        else:
            choices.append(piece.split(",") if number % 2 else [piece])
    return ["".join(words) for words in itertools.product(*choices)]


@dataclass
class Case:
    """One collection and what a person reads. files: paths in shell braces. texts:
    other files with content. note: part of a sentence that must be said."""

    name: str
    files: list[str]
    layout: str
    classes: Counts
    unlabelled: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    skipped: int = 0
    groups: int = 0
    note: str = ""

    @property
    def expected(self) -> tuple:
        """What `seen` gives if all is read as it should be."""
        return (self.layout, self.classes, self.unlabelled, self.skipped, self.groups, True)


def read(case: Case) -> list[layouts.Reading]:
    paths = [tuple(path.split("/")) for pattern in case.files for path in spelt_out(pattern)]
    paths += [tuple(path.split("/")) for path in case.texts]
    return layouts.readings(paths, lambda path: case.texts.get("/".join(path), "").encode())


def seen(case: Case) -> tuple:
    """What is read, to compare with `Case.expected`."""
    best, *others = read(case)
    names = [best.layout, *(reading.layout for reading in others)]
    assert len(set(names)) == len(names)
    assert set(names) <= set(layouts.TITLES)
    for reading in (best, *others):
        assert all(len(note) <= 140 and note[-1] in ".?" for note in reading.notes), reading.notes
    found = counts(best)
    return (best.layout, found, len(best.items) - sum(map(sum, found.values())),
            len(best.skipped), len({item.group for item in best.items} - {""}),
            any(case.note in note for note in ("", *best.notes)))


def counts(reading: layouts.Reading) -> Counts:
    of = Counter((item.class_name, item.part) for item in reading.items if item.class_name)
    return {name: tuple(of[name, part] for part in ("train", "validation", "test", ""))
            for name in reading.classes}


def csv(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


def plain(*names: str, count: int = 3) -> Counts:
    return dict.fromkeys(names, (0, 0, 0, count))


def parts(*names: str, train: int = 3, validation: int = 0, test: int = 0) -> Counts:
    return dict.fromkeys(names, (train, validation, test, 0))
