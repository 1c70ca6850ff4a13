"""Which pictures train, which validate and which test: seeded, by class, and stable
when pictures are added.

Each picture gets a pseudo-random rank from the seed and its id; within a class the
lowest ranks become the test set, the next the validation set. So a new picture shifts
at most a few others, and the same seed gives the same split on every machine.
"""

import hashlib
from collections.abc import Iterable

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)


def split(images: Iterable[tuple[str, str, bool]], validation: float, test: float,
          seed: int) -> dict[str, str]:
    """Assign each image id to "train", "validation" or "test".

    images: (image id, class id, belongs to a test folder). validation, test: shares
    0..1 of each class. Where any image comes from a test folder, those are the test set
    and no others are. Every class keeps at least one training image; validation gets
    one image of each class as soon as it has two, the test set as soon as it has three.
    """
    images = list(images)
    fixed = any(in_test for _, _, in_test in images)
    result = {image: TEST for image, _, in_test in images if in_test}
    classes: dict[str, list[str]] = {}
    for image, label, in_test in images:
        if not in_test:
            classes.setdefault(label, []).append(image)
    for members in classes.values():
        members.sort(key=lambda image: hashlib.sha256(f"{seed}/{image}".encode()).digest())
        count = len(members)
        num_validation = _share(count, validation, least=2)
        num_test = 0 if fixed else _share(count, test, least=3)
        if num_test:
            num_validation = min(num_validation, count - 2)  # one is left for each
        num_test = min(num_test, max(0, count - 1 - num_validation))
        for index, image in enumerate(members):
            in_test, in_validation = index < num_test, index < num_test + num_validation
            result[image] = TEST if in_test else VALIDATION if in_validation else TRAIN
    return result


def _share(count: int, share: float, least: int) -> int:
    if share <= 0 or count < least:
        return 0
    return min(max(1, round(count * share)), count - 1)
