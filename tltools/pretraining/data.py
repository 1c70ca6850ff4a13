"""Tiny ImageNet as arrays: unpacked once into a memory-mapped file, then read in seeded
batches."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64


@dataclass(frozen=True)
class Images:
    """pixels: uint8 (n, 64, 64, 3), memory-mapped. labels: int32 (n,), 0..classes-1."""

    pixels: np.ndarray
    labels: np.ndarray


def unpack(archives: Path, cache: Path) -> None:
    """Decode every picture of `archives/tiny-imagenet-64-part*.zip` into
    `cache/{train,test}_{x,y}.npy`, once.

    Raises FileNotFoundError if there are no such archives.
    """
    if (cache / "test_y.npy").exists():
        return
    parts = sorted(archives.glob("tiny-imagenet-64-part*.zip"))
    if not parts:
        raise FileNotFoundError(f"no tiny-imagenet-64-part*.zip in {archives}")
    cache.mkdir(parents=True, exist_ok=True)
    names = [
        line.split()[0] for line in (archives / "classes.txt").read_text().splitlines() if line
    ]
    numbers = {name: number for number, name in enumerate(names)}
    entries = sorted((Path(entry), part) for part in parts
                     for entry in zipfile.ZipFile(part).namelist() if entry.endswith(".webp"))
    opened = {part: zipfile.ZipFile(part) for part in parts}
    for split in ("train", "test"):
        chosen = [pair for pair in entries if pair[0].parts[0] == split]
        pixels = np.lib.format.open_memmap(cache / f"{split}_x.npy", "w+", np.uint8,
                                           (len(chosen), SIDE, SIDE, 3))
        labels = np.zeros(len(chosen), np.int32)
        for row, (entry, part) in enumerate(chosen):
            picture = Image.open(io.BytesIO(opened[part].read(entry.as_posix())))
            pixels[row] = np.asarray(picture.convert("RGB"))
            labels[row] = numbers[entry.parts[1]]
        pixels.flush()
        np.save(cache / f"{split}_y.npy", labels)


def load(cache: Path, split: str) -> Images:
    """The unpacked pictures of "train" or "test"."""
    return Images(np.load(cache / f"{split}_x.npy", mmap_mode="r"),
                  np.load(cache / f"{split}_y.npy"))


@dataclass(frozen=True)
class Division:
    """Row numbers. learn: trained on. held: pictures of the same kinds that are not.
    new: all pictures of other kinds."""

    learn: np.ndarray
    held: np.ndarray
    new: np.ndarray


def divide(labels: np.ndarray, per_class: int, new_kinds: int, seed: int) -> Division:
    """Keep `per_class` pictures of each kind from training, and of `new_kinds` kinds
    all; the same for the same seed."""
    generator = np.random.default_rng(seed)
    held = np.concatenate([generator.permutation(np.flatnonzero(labels == number))[:per_class]
                           for number in np.unique(labels)])
    new = np.flatnonzero(np.isin(labels, generator.permutation(np.unique(labels))[:new_kinds]))
    return Division(np.setdiff1d(np.arange(len(labels)), np.union1d(held, new)),
                    np.setdiff1d(held, new), new)


def batches(rows: np.ndarray, batch_size: int, epoch: int, seed: int) -> Iterator[np.ndarray]:
    """The rows of one epoch in seeded order, in whole batches: the same for the same
    epoch, whoever resumes it."""
    order = np.random.default_rng((seed, epoch)).permutation(rows)
    for start in range(0, len(order) - batch_size + 1, batch_size):
        yield np.sort(order[start : start + batch_size])


def chosen_views(count: int, views: int, whole_share: float, seed: tuple[int, ...]) -> np.ndarray:
    """Which view (0..views-1) each of `count` pictures is met in: 0 with probability
    `whole_share`, else evenly."""
    generator = np.random.default_rng(seed)
    if views == 1:
        return np.zeros(count, int)
    return np.where(
        generator.uniform(size=count) < whole_share, 0, generator.integers(1, views, count))
