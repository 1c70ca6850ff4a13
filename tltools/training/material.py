"""What a run sees: its pictures by part of the split, as pixels and as activations,
their order and their batches.

Owns which rows stand for which picture, the seeded order of an epoch, and the
variations. Training, the learning-rate finder and whatever else looks at a run's
pictures asks here. Leaves the cache to `features`, the networks to whoever hands a
frozen part over, and what is learned from a batch to `loop`. No TensorFlow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tltools import images
from tltools.config import RunConfig
from tltools.errors import TrainingError
from tltools.recipes.augmentation import Augmentation, View, generator
from tltools.settings import Home
from tltools.training.features import Rows, Space

PARTS = ("train", "validation", "test")
IMAGE = "image"
"""Name of the source that pictures themselves are; any other is a layer's name."""
DECODE_BATCH, EXTRACT_BATCH, MEASURE_BATCH = 8, 32, 64
STATISTICS_BATCHES = 20

Progress = Callable[[int, int], None]
"""Called with (done, total) pictures; whatever it raises ends the work."""


class Source(Protocol):
    """Rows by number: `features.Rows`, or an array."""

    shape: tuple[int, ...]

    def __len__(self) -> int: ...

    def __getitem__(self, key: Any, /) -> np.ndarray: ...


@dataclass(frozen=True)
class FrozenPart:
    """A part of the network whose work is done once for each picture.

    source: what enters, `IMAGE` or the layer of another part. layer: where it ends.
    shape: of what comes out for one picture. facts: what that depends on besides
    picture, source and preprocessing (backbone, weights, layer, ...), JSON-able. run:
    (n, ...) uint8 or float32 -> (n, *shape) float32.
    """

    source: str
    layer: str
    shape: tuple[int, ...]
    facts: dict[str, Any]
    run: Callable[[np.ndarray], np.ndarray]


@dataclass
class Part:
    """One part of the split.

    rows: its pictures' entries of the snapshot. y: labels, int32 (n,). x: by source,
    what a network is given; several views stand one after another.
    """

    rows: list[dict[str, Any]]
    y: np.ndarray
    x: dict[str, Source] = field(default_factory=dict)

    @property
    def pictures(self) -> list[str]:
        """File names of the stored pictures: hashes of what is in them."""
        return [row["file"] for row in self.rows]


class Material:
    """The pictures of one run.

    snapshot: `Dataset.snapshot()` as the run keeps it. Raises `TrainingError` where
    there are not two classes with training pictures.
    """

    def __init__(self, home: Home, config: RunConfig, snapshot: dict[str, Any]) -> None:
        self.home, self.config = home, config
        self.folder = Path(snapshot["images_dir"])
        self.classes: list[str] = snapshot["classes"]
        self.parts = {part: _part(snapshot, part) for part in PARTS}
        augmentation = Augmentation.of(config)
        count = config.views if config.augments else 1
        self.views = [View(number, config.seed, augmentation) for number in range(count)]
        if len(self.classes) < 2 or not self.parts["train"].rows:
            raise TrainingError("There are not two classes with training pictures.",
                                "Add pictures, then start again.")

    # What is there once: pixels and activations

    def decode(self, progress: Progress, names: Sequence[str] = PARTS) -> None:
        """Fill `x[IMAGE]` of these parts of the split: uint8 (n, size, size, 3)."""
        config, done = self.config, 0
        parts = [self.parts[name] for name in names]
        total = sum(len(part.rows) for part in parts)
        space = Space(self.home, {"kind": "pixels", "preprocessing": images.PREPROCESSING,
                                  "size": config.input_size, "rule": config.resize},
                      (config.input_size, config.input_size, 3), np.uint8)
        for part in parts:
            if part.rows:
                progress(done, total)
                part.x[IMAGE] = space.rows(part.pictures, self._pixels, DECODE_BATCH,
                                           _after(progress, done, total))
            done += len(part.rows)

    def _pixels(self, pictures: list[str]) -> np.ndarray:
        size, rule = self.config.input_size, self.config.resize
        try:
            return np.stack([images.to_array(self.folder / name, size, rule) for name in pictures])
        except Exception as error:
            raise TrainingError(
                "Pictures of the data set cannot be read any more.",
                "Was the data set deleted? Start a new run with another one.") from error

    def extract(self, frozen: list[FrozenPart], progress: Progress) -> None:
        """Fill `x[layer]` of every part of the split for these parts of the network, in
        their order; training pictures in every view.

        progress: counts only what is not in the cache yet.
        """
        jobs = [(item, part, view, self._space(item, view)) for item in frozen
                for name, part in self.parts.items() if part.rows
                for view in (self.views if name == "train" else self.views[:1])]
        missing = [len(space.missing(part.pictures)) for _, part, _, space in jobs]
        total, done = sum(missing), 0
        found: dict[tuple[int, str], list[Rows]] = {}
        for (item, part, view, space), count in zip(jobs, missing, strict=True):
            progress(done, total)
            before = found.get((id(part), item.source), [])
            source = before[view.number] if before else part.x[item.source]
            rows = space.rows(
                part.pictures, _computing(item, part, view, source), EXTRACT_BATCH,
                _after(progress, done, total))
            found.setdefault((id(part), item.layer), []).append(rows)
            done += count
        for item in frozen:
            for part in self.parts.values():
                if part.rows:
                    part.x[item.layer] = Rows.joined(found[id(part), item.layer])
        progress(total, total)

    def _space(self, item: FrozenPart, view: View) -> Space:
        config = self.config
        facts = {"kind": "activations", "preprocessing": images.PREPROCESSING,
                 "size": config.input_size, "rule": config.resize, "view": view.key(), **item.facts}
        return Space(self.home, facts, item.shape, np.float32)

    # Order and batches

    def order(self, source: str, epoch: int) -> np.ndarray:
        """Row numbers of the training pictures in the seeded order of one epoch; with
        cached views each picture shows one of them."""
        part = self.parts["train"]
        count = len(part.rows)
        order = np.random.default_rng((self.config.seed, epoch)).permutation(count)
        views = len(part.x[source]) // count
        return order + count * ((order + epoch) % views) if views > 1 else order

    def batch(self, source: str, rows: np.ndarray, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """(x float32, y int32) of training rows that `order` has named."""
        part, config = self.parts["train"], self.config
        x, y = part.x[source][rows], part.y[rows % len(part.y)]
        if source == IMAGE and config.augments:
            vary = Augmentation.of(config).vary
            x = np.stack([vary(image, generator(config.seed, epoch, part.rows[row]["file"]))
                          for image, row in zip(x, rows, strict=True)])
        return x.astype(np.float32), y

    def batches(self, source: str, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches of one epoch, each made when it is asked for."""
        order, size = self.order(source, epoch), self.config.batch_size
        for start in range(0, len(order), size):
            yield self.batch(source, order[start:start + size], epoch)

    def num_batches(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.parts["train"].rows) // self.config.batch_size)

    def first_batches(self, source: str) -> list[np.ndarray]:
        """Some batches of training pictures, from which statistics are recomputed."""
        found = []
        for x, _ in self.batches(source, 0):
            found.append(x)
            if len(found) == STATISTICS_BATCHES:
                break
        return found

    def measured(self, part: str, source: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """A part of the split as it is, in order, in batches for measuring."""
        item = self.parts[part]
        for start in range(0, len(item.rows), MEASURE_BATCH):
            stop = start + MEASURE_BATCH
            yield item.x[source][start:stop].astype(np.float32), item.y[start:stop]


def _part(snapshot: dict[str, Any], part: str) -> Part:
    rows = [image for image in snapshot["images"] if image["split"] == part]
    return Part(rows, np.array([image["label"] for image in rows], np.int32))


def _computing(item: FrozenPart, part: Part, view: View,
               source: Source) -> Callable[[list[str]], np.ndarray]:
    places = {name: row for row, name in enumerate(part.pictures)}

    def compute(pictures: list[str]) -> np.ndarray:
        x = source[np.array([places[name] for name in pictures])]
        return item.run(view.apply(x, pictures) if item.source == IMAGE else x)

    return compute


def _after(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda count: progress(before + count, total)
