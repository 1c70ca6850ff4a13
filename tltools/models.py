"""Networks: backbone with its preprocessing inside, head, and the split at the freeze boundary.

Owns building, freezing and the check of a weights file. Leaves training to `training`. A model takes RGB 0..255 and
consists of standard Keras layers only, so a saved one loads in safe mode anywhere.

BatchNormalization of a pretrained backbone stays as it is, also while its stage is fine-tuned: `trainable = False` on
the layer itself is the only way that holds inside `fit` in Keras 3.15 (the outer call's flag overrides
`training=False`). From scratch it learns.
"""

from dataclasses import dataclass
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import layers

from tltools import backbones, weights
from tltools.backbones import Backbone
from tltools.bundled_backbone import build_bundled_backbone
from tltools.config import RunConfig
from tltools.errors import ModelFileError
from tltools.settings import Home

_CAFFE_MEANS = (103.939, 116.779, 123.68)  # BGR, as in keras.applications.imagenet_utils


@dataclass(frozen=True)
class SplitModel:
    """One network seen three ways, all sharing their weights.

    whole: RGB 0..255 (batch, size, size, 3) -> probabilities (batch, classes).
    frozen: image -> activations at the freeze boundary; None if nothing is frozen.
    learning: activations at the boundary (or the image) -> probabilities: what learns in the last phase.
    pooled: activations at the boundary -> what enters the head; None if the boundary is there already.
    head: pooled -> probabilities.
    boundary: name of the layer at the boundary, "image" if nothing is frozen.
    """

    whole: keras.Model
    frozen: keras.Model | None
    learning: keras.Model
    pooled: keras.Model | None
    head: keras.Model
    boundary: str


def build(config: RunConfig, num_classes: int, weights_path: Path | None) -> SplitModel:
    """Build the network of a run, seeded by `config.seed`, loaded and split.

    weights_path: from `weights.resolve`. Raises `ModelFileError` if the file does not fit the architecture.
    """
    keras.utils.set_random_seed(config.seed)
    row = backbones.get(config.backbone)
    image = layers.Input((config.input_size, config.input_size, 3), name="image")
    base = _backbone(row, config, _preprocess(image, row.preprocessing), weights_path)
    base_output = base.get_layer(row.stages[-1].cut).output
    pooled = {"average": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D,
              "flatten": layers.Flatten}[config.pooling](name="head_pooling")(base_output)
    x = pooled
    if config.dense_units:
        x = layers.Dense(config.dense_units, "relu", name="head_dense")(x)
    if config.dropout:
        x = layers.Dropout(config.dropout, seed=config.seed, name="head_dropout")(x)
    output = layers.Dense(num_classes, "softmax", name="probabilities")(x)
    whole = keras.Model(image, output, name="classifier")
    return _split(whole, image, pooled, row, config)


def _split(whole: keras.Model, image: keras.KerasTensor, pooled: keras.KerasTensor, row: Backbone,
           config: RunConfig) -> SplitModel:
    num_frozen = backbones.num_frozen(config)
    if num_frozen == len(row.stages):
        boundary, name = pooled, "head_pooling"
    elif num_frozen == 0:
        boundary, name = image, "image"
    else:
        name = row.stages[num_frozen - 1].cut
        boundary = whole.get_layer(name).output
    frozen = keras.Model(image, boundary, name="frozen_part") if name != "image" else None
    split = SplitModel(
        whole=whole, frozen=frozen, boundary=name,
        learning=keras.Model(boundary, whole.output, name="learning_part"),
        pooled=keras.Model(boundary, pooled, name="to_pooled") if name != "head_pooling" else None,
        head=keras.Model(pooled, whole.output, name="head"))
    _set_trainable(split, config)
    return split


def _set_trainable(split: SplitModel, config: RunConfig) -> None:
    frozen_names = {layer.name for layer in split.frozen.layers} if split.frozen else set()
    for layer in split.whole.layers:
        fixed = isinstance(layer, layers.BatchNormalization) and not config.from_scratch
        if fixed or layer.name in frozen_names or layer.name.startswith("preprocess"):
            layer.trainable = False


def _preprocess(image: keras.KerasTensor, kind: str) -> keras.KerasTensor:
    if kind == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(image)
    swap = np.zeros((1, 1, 3, 3), np.float32)
    for channel in range(3):
        swap[0, 0, channel, 2 - channel] = 1.0  # RGB to BGR; the bias takes the means away
    convolution = layers.Conv2D(3, 1, name="preprocess", trainable=False)
    result = convolution(image)
    convolution.set_weights([swap, -np.array(_CAFFE_MEANS, np.float32)])
    return result


def _backbone(row: Backbone, config: RunConfig, x: keras.KerasTensor, weights_path: Path | None) -> keras.Model:
    """The backbone laid on `x`, so that the whole network is one flat graph that can be cut anywhere."""
    if row.bundled:
        plain = build_bundled_backbone((config.input_size, config.input_size, 3),
                                       "bundled" if config.weights == "bundled" else None)
    else:
        plain = plain_backbone(row, config.input_size)
    if weights_path is not None:
        load_weights(plain, row, weights_path)
    flat = keras.models.clone_model(plain, input_tensors=x) if row.bundled else _application(row, config.input_size, x)
    for layer in plain.layers:
        if layer.weights:
            flat.get_layer(layer.name).set_weights(layer.get_weights())
    return flat


def plain_backbone(row: Backbone, size: int) -> keras.Model:
    """The bare architecture with random weights, without preprocessing."""
    return _application(row, size, None)


def _application(row: Backbone, size: int, x: keras.KerasTensor | None) -> keras.Model:
    options = {"alpha": row.alpha} if row.alpha is not None else {}
    constructor = getattr(keras.applications, row.constructor)
    return constructor(include_top=False, weights=None, input_shape=(size, size, 3), input_tensor=x, **options)


def load_weights(model: keras.Model, row: Backbone, path: Path) -> None:
    """Load a weights file into the bare architecture; raises `ModelFileError` that says what does not fit."""
    try:
        with h5py.File(path, "r") as file:
            names = [name.decode() if isinstance(name, bytes) else str(name) for name in file.attrs.get("layer_names", ())]
    except OSError as error:
        raise ModelFileError("The weights file is no HDF5 file, or is cut off.",
                             "Give one of Keras's files ending in no_top.h5 or notop.h5.") from error
    if any(word in name for name in names for word in ("predictions", "fc1000", "Logits", "conv_preds", "fc2")):
        raise ModelFileError("The weights file has the classifier on top.",
                             "Give the file of the same network ending in no_top.h5 or notop.h5.")
    if names and not {name.replace("/", "_") for name in names} & {layer.name for layer in model.layers}:
        raise ModelFileError(f"No layer of the weights file has a name that {row.name} has.",
                             f"Expected: {row.weights_files[0] if row.weights_files else 'its own weights'}.")
    try:
        model.load_weights(path)
    except Exception as error:  # Keras raises ValueError, KeyError and TypeError for what does not fit
        raise ModelFileError(f"The weights file does not fit {row.name}.",
                             f"Expected: {row.weights_files[0] if row.weights_files else 'its own weights'}.") from error
    if not all(np.isfinite(value).all() for value in model.get_weights()):
        raise ModelFileError("The weights file holds values that are not numbers.", "Get the file again.")


def import_weights(*, home: str, backbone: str, path: str, name: str, remove: bool = True,
                   host: str = "") -> dict[str, str]:
    """Check a weights file against its architecture and put it into the home folder; a task for a worker.

    Returns {"backbone", "file", "origin"}. Raises `ModelFileError` or `NotFound`; `remove`: it is an upload or a download,
    removed either way. host: from where `downloads` has fetched it; "" if a person has brought it.
    """
    row = backbones.get(backbone)
    try:
        other = next((item.name for item in backbones.REGISTRY.values() if name in item.weights_files), row.name)
        if other != row.name:
            raise ModelFileError(f"{name} is the weights file of {other}, not of {row.name}.",
                                 f"Choose the backbone {other}, then import it.")
        if row.bundled:
            raise ModelFileError(f"{row.name} brings its own weights.", "Nothing needs to be imported.")
        load_weights(plain_backbone(row, max(row.least_input, 64)), row, Path(path))
        placed = weights.place(Home(Path(home)), row, Path(path), name, host)
        return {"backbone": row.name, "file": placed.name, "origin": weights.origin(Home(Path(home)), placed)}
    finally:
        if remove:
            Path(path).unlink(missing_ok=True)
        keras.backend.clear_session()
