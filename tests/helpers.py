"""Small real things that several tests need: drawn data sets and runs in a home folder.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tltools import backbones, runs
from tltools.config import RunConfig
from tltools.datasets import records, store
from tltools.datasets.drawn import synthesize
from tltools.settings import Home


def drawn(home: Home, family: str = "textures", classes: int = 2, per_class: int = 20,
          difficulty: float = 0.0, seed: int = 1) -> records.Dataset:
    """A small drawn data set in the home's store."""
    result = synthesize.synthesize(home=str(home.path), workspace="local", family=family,
                                   classes=classes, per_class=per_class, seed=seed,
                                   difficulty=difficulty)
    return store.read(home.workspace(), result["dataset"])


def queued(home: Home, dataset: records.Dataset, **settings) -> runs.Run:
    """A queued run; by default a tiny one from random weights."""
    defaults = {
        "backbone": "MobileNet-0.25", "weights": "none", "input_size": 32, "epochs": 2,
        "fine_tune_epochs": 1, "batch_size": 8
    }
    return runs.create(home.workspace(), RunConfig(**{**defaults, **settings}), dataset.snapshot())


def train(home: Home, run: runs.Run) -> runs.Run:
    """Train a run in this process; returns it as it is afterwards."""
    from tltools.training.run import train_run

    train_run(run_dir=str(run.path), home=str(home.path))
    return runs.read(home.workspace(), run.id)


def until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait until `condition()` holds; returns the seconds it took. Fails after
    `seconds`."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.1)
    return time.monotonic() - begun


def save_legacy(model: Any, path: Path) -> None:
    """Keras 2's layout, in which all published weights are; Keras 3 reads it and no
    longer writes it."""
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.4.0"
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{number}".encode() for number in range(len(layer.weights))]
            group.attrs["weight_names"] = names
            for name, value in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name.decode(), data=value)


def calibrated_weights(home: Home, name: str, seed: int = 3) -> Any:
    """A weights file for this backbone in the home folder: random, but with
    BatchNormalization fitted to pictures (else the activations die out or explode).
    Returns the bare network that was saved."""
    import keras

    from tltools import weights
    from tltools.models import networks
    from tltools.training import steps

    row = backbones.get(name)
    keras.utils.set_random_seed(seed)
    plain = networks.plain_backbone(row, 32)
    pictures = np.stack(
        [synthesize.draw("textures", number % 2, 1, number, 0.0, 32) for number in range(32)])
    for layer in plain.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            scale, offset, *statistics = layer.get_weights()
            layer.set_weights([scale + 0.1, offset + 0.1, *statistics])
    scaled = pictures.astype("float32") / 127.5 - 1 if row.preprocessing == "tf" \
        else pictures[..., ::-1] - 115.0
    steps.Statistics(plain).recompute([scaled.astype("float32")])
    save_legacy(plain, home.weights / row.weights_files[0])
    assert weights.find(home, row, 32)
    return plain
