"""Classifying new pictures with a finished run: what the Classify page and the command
line ask a worker for.

Owns the loading and keeping of models in a serve worker. Leaves decoding to `images`,
so that a new picture becomes exactly the array that training would have seen: also with
the same window, where the pictures that were learned from had more than eight bits.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tltools import files, images, runs
from tltools.errors import ModelFileError, RecordError, TltoolsError, problem_of
from tltools.images import StoredImage, decoders

BATCH = 16
MOST_THUMBNAILS = 100
_KEPT_MODELS = 2
_models: OrderedDict[tuple[str, int], Callable] = OrderedDict()
# `predict` is not thread-safe (tensorflow issue 61298), and loading must happen once
_lock = threading.Lock()


def classify(*, run_dir: str, pictures: list[dict[str, Any]], remove: bool = False,
             progress: files.Progress = files.no_progress,
             thumbnails: int = 0) -> dict[str, Any]:
    """Classify pictures with the model in `run_dir`.

    pictures: [{"path": file, "name": shown name}]. remove: they are uploads, removed
    afterwards. thumbnails: of so many, from the first, a "thumbnail" is given too.
    Returns {"images": [{"file", "probabilities": {class: 0..1}} or {"file", "error"}],
    "classes"}. Raises `ModelFileError` or `RecordError` if the run has no
    model that can be opened.
    """
    run = runs.read_folder(Path(run_dir))
    config, labels = run.config(), read_labels(run)
    results: list[dict[str, Any]] = []
    try:
        for start in range(0, len(pictures), BATCH):
            progress(start, len(pictures), "images")
            results += _classify_batch(run, config.input_size, config.resize, labels,
                                       pictures[start:start + BATCH], thumbnails - start)
    finally:
        if remove:
            for item in pictures:
                Path(item["path"]).unlink(missing_ok=True)
    return {"images": results, "classes": labels}


def classify_with_thumbnails(*, run_dir: str, pictures: list[dict[str, Any]],
                             remove: bool = True,
                             progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """As `classify` for the page: each answer also has its "thumbnail" (JPEG bytes),
    and "run" the run's id. remove: as there."""
    result = classify(run_dir=run_dir, pictures=pictures, remove=remove, progress=progress,
                      thumbnails=MOST_THUMBNAILS)
    return {**result, "run": Path(run_dir).name}


def read_labels(run: runs.Run) -> list[str]:
    """The class names of a finished run, in the model's order. Raises `ModelFileError`
    if there is no model, or no list of names."""
    if not run.has_model:
        raise ModelFileError("This run has no model yet.", "Let it train for at least one epoch.")
    try:
        names = files.read_json(run.path / "labels.json")
    except (OSError, RecordError):
        names = None
    if not isinstance(names, list) or not names or len(set(map(str, names))) < len(names) \
            or not all(isinstance(name, str) for name in names):
        raise _without_names()
    return names


def _without_names() -> ModelFileError:
    return ModelFileError("The class names of this run (labels.json) are missing or damaged.",
                          "Train it again.")


def _classify_batch(run: runs.Run, size: int, rule: str, labels: list[str],
                    pictures: list[dict[str, Any]],
                    thumbnails: int) -> list[dict[str, Any]]:
    """The answers for a few pictures, each decoded once. thumbnails: how many of them,
    from the first, have one."""
    results: list[dict[str, Any]] = []
    arrays, places = [], []
    stored = decoders.shared().in_order(lambda item: _stored(run, item), pictures)
    for item, picture in zip(pictures, stored, strict=True):
        if isinstance(picture, str):
            results.append({"file": item["name"], "error": picture})
            continue
        arrays.append(images.to_array(picture.data, size, rule))
        places.append(len(results))
        small = {"thumbnail": picture.small} if len(results) < thumbnails else {}
        results.append({"file": item["name"], **small})
    if arrays:
        answers = probabilities(run, np.stack(arrays))
        if answers.shape[1] != len(labels):
            raise _without_names()
        for place, row in zip(places, answers, strict=True):
            results[place]["probabilities"] = {
                name: float(value) for name, value in zip(labels, row, strict=True)
            }
    return results


def _stored(run: runs.Run, item: dict[str, Any]) -> StoredImage | str:
    """A picture in the stored form, or why it cannot be used."""
    try:
        data = images.read_file(Path(item["path"]), item["name"])
        window = read_window(run) if images.may_be_deep(data[:200]) else None
        return decoders.shared().store_form(data, item["name"], window)
    except TltoolsError as error:
        return str(error)
    except Exception as error:
        return str(problem_of(error))


def read_window(run: runs.Run) -> tuple[float, float] | None:
    """(black, white) for pictures with more than eight bits, as in the data set that
    this run learned from; None where nothing was decided. Raises `RecordError` if the
    run's record of its data set cannot be read."""
    return _window(run.path, (run.path / "dataset.json").stat().st_mtime_ns)


@lru_cache(maxsize=16)  # the record of 10,000 pictures takes 30 ms to read
def _window(path: Path, changed: int) -> tuple[float, float] | None:
    given = runs.read_folder(path).dataset().get("window")
    if given is None:
        return None
    try:
        low, high = (float(value) for value in given)
    except (TypeError, ValueError) as error:
        raise RecordError("The window of this run's pictures is damaged.",
                          "Train it again.") from error
    return low, high


def probabilities(run: runs.Run, batch: np.ndarray) -> np.ndarray:
    """The model's answer (n, classes), float32, for RGB pictures uint8 (n, size, size,
    3)."""
    with _lock:
        return _model(run)(tf.constant(batch, tf.float32)).numpy()


def _model(run: runs.Run) -> Callable:
    key = (str(run.model_path), run.model_path.stat().st_mtime_ns)
    if key not in _models:
        try:
            model = keras.saving.load_model(run.model_path, compile=False)
        except Exception as error:
            raise ModelFileError("The model of this run cannot be opened.",
                                 "Train it again.") from error
        _models[key] = tf.function(lambda batch: model(batch, training=False),
                                   reduce_retracing=True)
        while len(_models) > _KEPT_MODELS:
            _models.popitem(last=False)
    _models.move_to_end(key)
    return _models[key]


def warm_up() -> bool:
    """Import TensorFlow, and start a decoder, while a worker is idle; returns True."""
    decoders.shared().warm_up()
    return bool(tf.constant(1) == 1)
