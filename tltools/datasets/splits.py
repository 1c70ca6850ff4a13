"""Which pictures train, which validate and which test: seeded, by class, and stable
when pictures are added.

Each picture gets a pseudo-random rank from the seed and its content; within a class the
lowest ranks become the test set, the next the validation set. So a new picture shifts
at most a few others, one that comes again comes back to its part, and the same seed
gives the same split on every machine. The same content in two places is never on two
sides, and neither are pictures of one group (one patient, one burst of a camera): a
score on a picture whose sister was learned from says nothing. Parts that the source has
given (a folder `val`, a column `split`) stay what they are.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
RULE = 2
"""Of a new split. 1, in records of before: ranks by the picture's id, copies wherever
they fall."""


class Picture(NamedTuple):
    """What a split has to know of a picture. part: given by its source, or "". group:
    "" or the name of what it belongs to. content: what names its pixels."""

    id: str
    class_id: str
    part: str
    group: str
    content: str


def split(pictures: Iterable[Picture], validation: float, test: float, seed: int) -> dict[str, str]:
    """Assign each picture id to "train", "validation" or "test".

    validation, test: shares 0..1 of each class. Where the source has given any picture
    to a part, those, their copies and their groups are that part and no others are;
    "train" given means the rest, from which the parts that lack are drawn. Every class
    keeps at least one training picture; validation gets one of each class as soon as it
    has two, the test set as soon as it has three. Pictures with copies are learned
    from: in a test, one that is in two classes could be right in one only. With groups
    the shares are met as nearly as whole groups can, and a class of one group is
    learned from only.
    """
    pictures = list(pictures)
    placed = list(zip(pictures, _units(pictures), strict=True))
    given = {}
    for part in (VALIDATION, TEST):  # what is in both is tested with
        given.update({unit: part for picture, unit in placed if picture.part == part})
    result = {picture.id: given[unit] for picture, unit in placed if unit in given}
    shares = {VALIDATION: 0.0 if VALIDATION in given.values() else validation,
              TEST: 0.0 if TEST in given.values() else test}
    free = [(picture, unit) for picture, unit in placed if unit not in given]
    if any(picture.group for picture, _ in free):
        return result | _by_groups(free, shares, seed)
    return result | _by_pictures([picture for picture, _ in free], shares, seed)


def _units(pictures: list[Picture]) -> list[str]:
    """What stays together, by a name for each picture: its content; or its group, with
    the groups that have a content in common."""
    leader: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := leader.setdefault(name, name)) != name:
            leader[name] = leader[above]
            name = leader[name]
        return name

    for picture in pictures:
        if picture.group:
            one, two = root(f"group {picture.group}"), root(f"content {picture.content}")
            leader[max(one, two)] = min(one, two)
    return [root(f"content {picture.content}") for picture in pictures]


def _by_pictures(pictures: list[Picture], shares: dict[str, float],
                 seed: int) -> dict[str, str]:
    times = Counter(picture.content for picture in pictures)
    classes: dict[str, list[tuple[bool, bytes, str]]] = {}
    for picture in pictures:
        classes.setdefault(picture.class_id, []).append(
            (times[picture.content] > 1, _rank(seed, picture.content), picture.id))
    result = {}
    for members in classes.values():
        members.sort()
        count, single = len(members), sum(not copied for copied, *_ in members)
        num_validation = _share(count, shares[VALIDATION], least=2)
        num_test = _share(count, shares[TEST], least=3)
        if num_test:
            num_validation = min(num_validation, count - 2)  # one is left for each
        num_validation = min(num_validation, single)
        num_test = min(num_test, single - num_validation, max(0, count - 1 - num_validation))
        for index, (*_, image) in enumerate(members):
            in_test, in_validation = index < num_test, index < num_test + num_validation
            result[image] = TEST if in_test else VALIDATION if in_validation else TRAIN
    return result


def _by_groups(pictures: list[tuple[Picture, str]], shares: dict[str, float],
               seed: int) -> dict[str, str]:
    """Whole units go to a part in the order of their ranks as long as no class gets
    more than its share; a class that got nothing gives its smallest unit."""
    holds: dict[str, Counter[str]] = {}
    classes_of: dict[str, set[str]] = {}
    for picture, unit in pictures:
        holds.setdefault(unit, Counter())[picture.class_id] += 1
        classes_of.setdefault(picture.content, set()).add(picture.class_id)
    torn = {unit for picture, unit in pictures if len(classes_of[picture.content]) > 1}
    counts = Counter(picture.class_id for picture, _ in pictures)
    left = Counter(label for held in holds.values() for label in held)  # units by class
    part_of: dict[str, str] = {}
    ranked = sorted(holds, key=lambda unit: _rank(seed, unit))
    wanted = {part: {label: _share(count, shares[part], least)
                     for label, count in counts.items()}
              for part, least in ((TEST, 3), (VALIDATION, 2))}
    got = {part: Counter[str]() for part in wanted}

    def take(unit: str, part: str) -> None:
        part_of[unit] = part
        got[part].update(holds[unit])
        left.subtract(dict.fromkeys(holds[unit], 1))

    def spared(unit: str) -> bool:
        return unit not in part_of and unit not in torn \
            and all(left[label] > 1 for label in holds[unit])

    for part, most in wanted.items():
        for unit in ranked:
            fits = all(got[part][label] + number <= most[label]
                       for label, number in holds[unit].items())
            if fits and spared(unit):
                take(unit, part)
    for part in (VALIDATION, TEST):
        for label in sorted(counts):
            able = [unit for unit in ranked if label in holds[unit] and spared(unit)]
            if wanted[part][label] and not got[part][label] and able:
                take(min(able, key=lambda unit: sum(holds[unit].values())), part)
    return {picture.id: part_of.get(unit, TRAIN) for picture, unit in pictures}


def _rank(seed: int, content: str) -> bytes:
    return hashlib.sha256(f"{seed}/{content}".encode()).digest()


def _share(count: int, share: float, least: int) -> int:
    if share <= 0 or count < least:
        return 0
    return min(max(1, round(count * share)), count - 1)
