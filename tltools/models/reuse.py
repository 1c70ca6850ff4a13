"""The weights of a finished run's model, for a new run: opened on a worker only.

Owns reading `model.keras` and putting its values into another network, layer by layer:
by name, with equal shapes. Leaves which run it is to `runs.lineage`. The file was
written by this app; it is opened in Keras's safe mode all the same.
"""

from pathlib import Path

import keras
import numpy as np

from tltools.errors import ModelFileError


def load_backbone(plain: keras.Model, path: Path) -> None:
    """Set every layer of the bare backbone to the values it has in the model at `path`.

    Raises `ModelFileError` if the model cannot be opened or does not hold this
    backbone.
    """
    _set(plain, _values(path))


def load_whole(whole: keras.Model, path: Path) -> None:
    """Set every layer of the whole network, head included, to the values it has in the
    model at `path`.

    Raises `ModelFileError` if the model cannot be opened or has other layers or another
    number of classes.
    """
    _set(whole, _values(path))


def _values(path: Path) -> dict[str, list[np.ndarray]]:
    try:
        model = keras.saving.load_model(path, compile=False)
    # Keras, zipfile and h5py raise whatever they like for a damaged file
    except Exception as error:
        raise ModelFileError(
            "The model of the run that this one starts from cannot be opened.",
            "Its file is damaged: train that run again, or choose another.") from error
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def _set(network: keras.Model, values: dict[str, list[np.ndarray]]) -> None:
    for layer in network.layers:
        if not layer.weights:
            continue
        given = values.get(layer.name)
        wanted = [tuple(item.shape) for item in layer.weights]
        if given is None or [item.shape for item in given] != wanted:
            raise ModelFileError(
                "The model of the run that this one starts from has no fitting layer "
                f"{layer.name[:40]}.",
                "Choose a run with the same backbone and head, or other weights.")
        if not all(np.isfinite(item).all() for item in given):
            raise ModelFileError(
                "The model of the run that this one starts from holds values that are not numbers.",
                "Choose another run, or other weights.")
        layer.set_weights(given)
