"""What a data set is to its reader: classes, pictures, the split, what a run is given.

Owns the records and every question that is answered from them alone, and the changes of
a record that write nothing. Leaves disk and locks to `store`, the choice of split to
`splits`, and what people change by hand (with undo) to `edits`.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tltools.datasets import splits
from tltools.datasets.names import clean_name
from tltools.errors import DatasetError, NotFound, Problem
from tltools.settings import LIMITS

SNAPSHOT_FORMAT = 1


@dataclass(frozen=True)
class ClassRecord:
    """One class: a short id of ours and the name that people gave it. disabled: kept,
    but left out of training."""

    id: str
    name: str
    disabled: bool = False


@dataclass(frozen=True)
class ImageRecord:
    """One picture. file: name in `images/`, the hash of what is stored. class_id: "" if
    it came without a label. name: as it was called outside.

    part: "train", "validation" or "test" where the source said so, else "". group: what
    it belongs to (a patient, a burst), or "": pictures of one group stay on one side of
    every split.
    """

    id: str
    file: str
    class_id: str
    name: str
    original_sha256: str
    width: int
    height: int
    part: str = ""
    group: str = ""


@dataclass(frozen=True)
class Skipped:
    """A file that was not used, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Action:
    """A change made by hand that can be undone (`edits`). what: it, in words; pictures,
    bytes: what it put in the trash."""

    id: str
    what: str
    when: float
    pictures: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Dataset:
    """A data set as a reader sees it at one moment. validation, test: shares 0..1;
    damaged: why it cannot be read.

    split_rule: of `splits`; a data set keeps the split that it has until a person
    changes it. actions: what can be undone, the oldest first. last_image, last_class:
    highest numbers ever given to ids, so that an id is not given again while the trash
    may still bring its first owner back. to_classify: pictures without a label, in no
    class and in no part of the split. window: (darkest, brightest) value of deep
    pictures that became black and white, see `depths`; None if none came.
    """

    id: str
    path: Path
    name: str = ""
    created: float = 0.0
    source: str = ""
    classes: tuple[ClassRecord, ...] = ()
    images: tuple[ImageRecord, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    found: int = 0
    validation: float = 0.15
    test: float = 0.15
    seed: int = 42
    split_rule: int = splits.RULE
    actions: tuple[Action, ...] = ()
    last_image: int = 0
    last_class: int = 0
    to_classify: tuple[ImageRecord, ...] = ()
    window: tuple[float, float] | None = None
    damaged: str | None = field(default=None, compare=False)

    def class_name(self, class_id: str) -> str:
        """The name of a class of this data set; raises `NotFound`."""
        for item in self.classes:
            if item.id == class_id:
                return item.name
        raise NotFound("There is no such class.", "Choose one from the list.")

    def members(self, class_id: str) -> list[ImageRecord]:
        """The pictures of one class, in the order in which they came."""
        return [image for image in self.images if image.class_id == class_id]

    def counts(self) -> dict[str, int]:
        """Number of pictures by class id, in class order."""
        result = {item.id: 0 for item in self.classes}
        for image in self.images:
            result[image.class_id] += 1
        return result

    @property
    def all_images(self) -> tuple[ImageRecord, ...]:
        """The pictures of classes, then those without a label."""
        return (*self.images, *self.to_classify)

    @property
    def enabled(self) -> tuple[ClassRecord, ...]:
        """The classes that take part in training."""
        return tuple(item for item in self.classes if not item.disabled)

    def split(self) -> dict[str, str]:
        """"train", "validation" or "test" by image id. Pictures of disabled classes are
        in no part, and so not in it."""
        return dict(self._assigned)

    @cached_property
    def _assigned(self) -> dict[str, str]:
        off = {item.id for item in self.classes if item.disabled}
        return splits.split(
            (splits.Picture(image.id, image.class_id, image.part, image.group,
                            image.id if self.split_rule < splits.RULE else image.file)
             for image in self.images if image.class_id not in off),
            self.validation, self.test, self.seed)

    def in_part(self, part: str) -> list[ImageRecord]:
        """The pictures of one part of the split, in the order in which they came; those
        of disabled classes are in none."""
        assigned = self._assigned
        return [image for image in self.images if assigned.get(image.id) == part]

    @property
    def on_two_sides(self) -> int:
        """Number of pictures of which a copy is in another part of the split; only
        records of before have any."""
        parts: dict[str, set[str]] = {}
        for image in self.images:
            if image.id in self._assigned:
                parts.setdefault(image.file, set()).add(self._assigned[image.id])
        return sum(len(where) > 1 for where in parts.values())

    @cached_property
    def given_parts(self) -> frozenset[str]:
        """The parts that the source of any picture has given: shares do not draw them.
        """
        return frozenset(image.part for image in self.images if image.part)

    @cached_property
    def in_two_classes(self) -> int:
        """Number of different pictures that stand in more than one class."""
        where: dict[str, set[str]] = {}
        for image in self.images:
            where.setdefault(image.file, set()).add(image.class_id)
        return sum(len(classes) > 1 for classes in where.values())

    @property
    def has_test_folder(self) -> bool:
        """Whether the test set was given by the source."""
        return splits.TEST in self.given_parts

    @cached_property
    def groups(self) -> frozenset[str]:
        """The names of the groups."""
        return frozenset(image.group for image in self.images if image.group)

    def split_counts(self) -> dict[str, int]:
        """Number of pictures in each part."""
        assigned = list(self._assigned.values())
        return {part: assigned.count(part) for part in splits.SPLITS}

    def image_path(self, image: ImageRecord) -> Path:
        """Where the stored form of a picture lies."""
        return self.path / "images" / image.file

    def thumbnail_path(self, image: ImageRecord) -> Path:
        """Where the small picture lies."""
        return self.path / "thumbnails" / image.file

    def problems(self) -> list[Problem]:
        """What keeps this data set from being trained on; empty if nothing does."""
        if self.damaged:
            return [Problem("The data set cannot be read", self.damaged, "Choose another one.")]
        counts = self.counts()
        if not self.images:
            return [
                Problem("No pictures yet", "The data set is empty.",
                        "Add pictures to at least two classes.")
            ]
        filled = [item.id for item in self.enabled if counts[item.id]]
        if len(filled) < 2 and len(self.enabled) < len(self.classes):
            number = "No class" if not filled else "Only one class"
            return [
                Problem("Too few classes are switched on",
                        f"{number} that is switched on has pictures.",
                        "Training needs at least two: switch one on, or add pictures.")
            ]
        if len(filled) < 2:
            return [Problem("One class only", "With one class there is nothing to tell apart.",
                            "Add pictures of a second class.")]
        found = []
        for item in self.enabled:
            if counts[item.id] == 0:
                found.append(
                    Problem(f"{item.name} is empty", "A class without pictures cannot be learned.",
                            "Add pictures to it, switch the class off, or delete it."))
        assigned = self._assigned
        for part, words in ((splits.TRAIN, "training"), (splits.VALIDATION, "validation")):
            having = {image.class_id for image in self.images if assigned.get(image.id) == part}
            lacking = [
                item.name for item in self.enabled if counts[item.id] and item.id not in having
            ]
            if lacking:
                names = ", ".join(lacking[:3]) + (" and more" if len(lacking) > 3 else "")
                who = "No" if not having else f"{lacking[0]} has no" if len(lacking) == 1 \
                    else f"{len(lacking)} classes have no"
                found.append(
                    Problem(
                        f"{who} {words} pictures", f"Too few pictures of: {names}.",
                        "Add pictures until each class has at least two outside the test folder."
                        if self.validation > 0 else "Give validation a share of the pictures."))
        return found

    def snapshot(self) -> dict[str, Any]:
        """What a run trains on, JSON-able: classes in order, and each picture with
        label number and part."""
        assigned = self._assigned
        numbers = {item.id: number for number, item in enumerate(self.enabled)}
        return {
            "format": SNAPSHOT_FORMAT,
            "id": self.id,
            "name": self.name,
            "classes": [item.name for item in self.enabled],
            "images_dir": str((self.path / "images").resolve()),
            "images": [{
                "id": image.id, "file": image.file, "name": image.name,
                "label": numbers[image.class_id], "split": assigned[image.id],
                **({"group": image.group} if image.group else {})
            } for image in self.images if image.id in assigned],
            "counts": self.split_counts(),
            "found": self.found,
            "skipped": [dataclasses.asdict(item) for item in self.skipped],
            "window": self.window,
        }


def image_record(item: dict[str, Any]) -> ImageRecord:
    """A picture's record as it stands in JSON, also in that of format 1. Raises
    `TypeError` for what is none."""
    if "test" in item:
        item = {**item, "part": splits.TEST if item["test"] else ""}
        del item["test"]
    return ImageRecord(**item)


def with_images(dataset: Dataset, images: Iterable[ImageRecord]) -> Dataset:
    """The data set with these pictures and no others: those without a class are to be
    classified."""
    images = tuple(images)
    return dataclasses.replace(dataset, images=tuple(image for image in images if image.class_id),
                               to_classify=tuple(image for image in images if not image.class_id))


def with_classes(dataset: Dataset, names: list[str]) -> Dataset:
    """The data set with a class for each of the (clean) names; raises `DatasetError`
    where there are too many."""
    classes = list(dataset.classes)
    known = {item.name for item in classes}
    number = max((int(item.id[1:]) for item in classes), default=0)
    number = max(number, dataset.last_class)
    for name in names:
        if name not in known:
            number += 1
            known.add(name)
            classes.append(ClassRecord(f"c{number}", name))
    if len(classes) > LIMITS.classes:
        raise DatasetError(f"{len(classes):,} classes; at most {LIMITS.classes:,}.",
                           "Check how the folders are laid.")
    return dataclasses.replace(dataset, classes=tuple(classes), last_class=number)


def class_called(dataset: Dataset, name: str) -> ClassRecord | None:
    """The class that a person means by this name: the one that has it, else one that
    differs by large and small letters."""
    wanted = clean_name(name)
    alike = [item for item in dataset.classes if item.name.casefold() == wanted.casefold()]
    return next((item for item in alike if item.name == wanted), alike[0] if alike else None)


def meant_name(dataset: Dataset, name: str) -> str:
    """`name` as the class that a person means by it is written, or as it is if there is
    none yet."""
    there = class_called(dataset, name)
    return there.name if there else name
