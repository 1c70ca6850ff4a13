"""Which pictures train, which validate and which test: seeded, by class, and stable
when pictures are added.

Each picture gets a pseudo-random rank from the seed and its content; within a class the
lowest ranks become the test set, the next the validation set. So a new picture shifts
at most a few others, one that comes again comes back to its part, and the same seed
gives the same split on every machine. The same content in two places is never on two
sides: a score on a picture that was learned from says nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
RULE = 2
"""Of a new split. 1, in records of before: ranks by the picture's id, copies wherever
they fall."""


def split(images: Iterable[tuple[str, str, bool, str]], validation: float, test: float,
          seed: int) -> dict[str, str]:
    """Assign each image id to "train", "validation" or "test".

    images: (image id, class id, belongs to a test folder, what names its content).
    validation, test: shares 0..1 of each class. Where any image comes from a test
    folder, those and their copies are the test set and no others are. Every class keeps
    at least one training image; validation gets one image of each class as soon as it
    has two, the test set as soon as it has three. Images with copies are learned from:
    in a test, one that is in two classes could be right in one only.
    """
    images = list(images)
    given = {content for _, _, in_test, content in images if in_test}
    times = Counter(content for *_, content in images)
    result = {image: TEST for image, _, _, content in images if content in given}
    classes: dict[str, list[tuple[bool, bytes, str]]] = {}
    for image, label, _, content in images:
        if content not in given:
            rank = hashlib.sha256(f"{seed}/{content}".encode()).digest()
            classes.setdefault(label, []).append((times[content] > 1, rank, image))
    for members in classes.values():
        members.sort()
        count, single = len(members), sum(not copied for copied, *_ in members)
        num_validation = _share(count, validation, least=2)
        num_test = 0 if given else _share(count, test, least=3)
        if num_test:
            num_validation = min(num_validation, count - 2)  # one is left for each
        num_validation = min(num_validation, single)
        num_test = min(num_test, single - num_validation, max(0, count - 1 - num_validation))
        for index, (*_, image) in enumerate(members):
            in_test, in_validation = index < num_test, index < num_test + num_validation
            result[image] = TEST if in_test else VALIDATION if in_validation else TRAIN
    return result


def _share(count: int, share: float, least: int) -> int:
    if share <= 0 or count < least:
        return 0
    return min(max(1, round(count * share)), count - 1)
