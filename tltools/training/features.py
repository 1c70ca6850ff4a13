"""Frozen work is done once: pictures decoded to arrays, and the frozen part's
activations, kept on disk.

Owns the caches under `<home>/features/` (float32 or uint8 `.npy`, content-addressed,
safe to delete at any time). Leaves which network is frozen to `models`, how pictures
are varied to `augmentation` and the order of batches to `training`.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tltools import files
from tltools.errors import TrainingError
from tltools.images import to_array
from tltools.recipes.augmentation import View
from tltools.settings import Home

EXTRACT_BATCH = 32
_RESERVE_BYTES = 500_000_000


def key_of(**parts: Any) -> str:
    """A name for a cache: equal parts, equal name."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def pixels(home: Home, folder: Path, names: list[str], size: int, rule: str,
           progress: files.Progress) -> np.ndarray:
    """The pictures `folder/name` as the network sees them: uint8 (n, size, size, 3),
    memory-mapped.

    Raises `TrainingError` if a picture is gone; whatever `progress` raises ends the
    work.
    """
    def fill(target: np.ndarray) -> None:
        for row, name in enumerate(names):
            progress(row, len(names), "images")
            try:
                target[row] = to_array(folder / name, size, rule)
            except Exception as error:
                raise TrainingError(
                    f"{len(names) - row} pictures of the data set cannot be read any more.",
                    "Was the data set deleted? Start a new run with another one.") from error

    key = key_of(kind="pixels", names=names, size=size, rule=rule)
    return _cached(home, key, (len(names), size, size, 3), np.uint8, fill)


def activations(home: Home, key_parts: dict[str, Any], model: keras.Model, images: np.ndarray,
                views: list[View], progress: files.Progress) -> np.ndarray:
    """The frozen part's output for every view of every picture: float32 (len(views) *
    n, ...), view by view.

    key_parts: what else the result depends on (weights, boundary, picture hashes).
    images: uint8 (n, size, size, 3).
    """
    run = tf.function(lambda batch: model(tf.cast(batch, tf.float32), training=False),
                      reduce_retracing=True)
    count, total = len(images), len(views) * len(images)

    def fill(target: np.ndarray) -> None:
        for number, view in enumerate(views):
            for start in range(0, count, EXTRACT_BATCH):
                progress(number * count + start, total, "images")
                rows = np.arange(start, min(start + EXTRACT_BATCH, count))
                batch = view.apply(images[rows], rows)
                target[number * count + rows] = run(tf.constant(batch)).numpy()

    key = key_of(kind="activations", views=[view.key() for view in views], **key_parts)
    return _cached(home, key, (total, *model.output_shape[1:]), np.float32, fill)


def _cached(home: Home, key: str, shape: tuple[int, ...], dtype: type,
            fill: Callable[[np.ndarray], None]) -> np.ndarray:
    path = home.features / f"{key}.npy"
    try:
        array = np.load(path, mmap_mode="r")
        if array.shape == shape and array.dtype == dtype:
            return array
    except (OSError, ValueError):
        path.unlink(missing_ok=True)
    needed = int(np.prod(shape)) * np.dtype(dtype).itemsize
    free = files.free_bytes(home.path)
    if free < needed + _RESERVE_BYTES:
        raise TrainingError(
            f"The cache needs {needed / 1e9:.1f} GB of disk; {free / 1e9:.1f} GB are free.",
            "Free some space, or choose fewer views, a smaller input or more frozen stages.")
    with files.atomic_path(path) as temporary:
        target = np.lib.format.open_memmap(temporary, "w+", dtype, shape)
        fill(target)
        target.flush()
        del target
    return np.load(path, mmap_mode="r")


def clear(home: Home) -> None:
    """Remove all caches."""
    shutil.rmtree(home.features, ignore_errors=True)
