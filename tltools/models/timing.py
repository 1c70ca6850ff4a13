"""Measuring how long a backbone takes for a picture: a task for a serve worker.

Owns what is timed: the network with its preprocessing and a small head, as classifying
uses it, with random weights (the time does not depend on them). Leaves the record to
`backbones.speeds`.
"""

import dataclasses
import statistics
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import psutil
import tensorflow as tf

from tltools import backbones, files
from tltools.backbones import speeds
from tltools.config import RunConfig
from tltools.errors import SettingsError
from tltools.models import networks
from tltools.settings import Home

BATCH = 8
REPEATS = 15
SECONDS = 4.0
"""For each of the two measurements; at least two repeats are timed whatever they take.
"""


def measure(*, home: str, backbone: str, input_size: int,
            progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Time one picture and batches of `BATCH`, keep the medians, return the record (see
    `backbones.speeds.Speed`).

    Raises `NotFound` for an unknown backbone and `SettingsError` for a size that it
    does not take.
    """
    config = RunConfig(backbone=backbones.get(backbone).name, weights="none", input_size=input_size)
    if problems := backbones.check_config(config):
        raise SettingsError(problems)
    progress(0, 2 * REPEATS + 1, "steps")
    busy = psutil.cpu_percent(interval=0.3) / 100
    try:
        model = networks.build(config, 2, None).whole
        run = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True)
        single, batch = (_median(run, count, input_size, progress, number * REPEATS + 1)
                         for number, count in enumerate((1, BATCH)))
    finally:
        keras.backend.clear_session()
    speed = speeds.Speed(backbone, input_size, round(single * 1000, 2),
                         round(batch / BATCH * 1000, 2), BATCH, round(busy, 2), speeds.machine(),
                         files.now())
    speeds.write(Home(Path(home)), speed)
    return dataclasses.asdict(speed)


def _median(run: Any, count: int, size: int, progress: files.Progress, done: int) -> float:
    """Median seconds of a call on `count` pictures, the first two calls (tracing,
    filling caches) left out."""
    pictures = tf.constant(
        np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype("float32"))
    for _ in range(2):
        run(pictures).numpy()
    begun, taken = time.perf_counter(), []
    for number in range(REPEATS):
        progress(done + number, 2 * REPEATS + 1, "steps")
        start = time.perf_counter()
        run(pictures).numpy()
        taken.append(time.perf_counter() - start)
        if number and time.perf_counter() - begun > SECONDS:
            break
    return statistics.median(taken)
