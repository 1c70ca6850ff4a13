"""Networks: backbone with its preprocessing inside, head, and the split at the freeze
boundary.

Owns building, freezing and loading. Leaves the check of a weights file to
`weights_file`, training to `training`. A model takes RGB 0..255 and consists of
standard Keras layers only, so a saved one loads in safe mode anywhere.

BatchNormalization of a pretrained backbone stays as it is, also while its stage is
fine-tuned: `trainable = False` on the layer itself is the only way that holds inside
`fit` in Keras 3.15 (the outer call's flag overrides `training=False`). From scratch it
learns.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from tltools import backbones, weights
from tltools.backbones import Backbone
from tltools.backbones.facts import Facts
from tltools.config import RunConfig
from tltools.errors import ModelFileError
from tltools.images import shown_name
from tltools.models import reuse, weights_file
from tltools.models.tlnet import build_bundled_backbone
from tltools.settings import Home

_CAFFE_MEANS = (103.939, 116.779, 123.68)  # BGR, as in keras.applications.imagenet_utils
# of ImageNet, RGB 0..1, as there
_MEANS, _DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class SplitModel:
    """One network seen three ways, all sharing their weights.

    whole: RGB 0..255 (batch, size, size, 3) -> probabilities (batch, classes). frozen:
    image -> activations at the freeze boundary; None if nothing is frozen. learning:
    activations at the boundary (or the image) -> probabilities: what learns in the last
    phase. pooled: activations at the boundary -> what enters the head; None if the
    boundary is there already. head: pooled -> probabilities. boundary: name of the
    layer at the boundary, "image" if nothing is frozen.
    """

    whole: keras.Model
    frozen: keras.Model | None
    learning: keras.Model
    pooled: keras.Model | None
    head: keras.Model
    boundary: str


def build(config: RunConfig, num_classes: int, weights_path: Path | None) -> SplitModel:
    """Build the network of a run, seeded by `config.seed`, loaded and split.

    weights_path: from `weights.resolve`; for a run that continues another it holds the
    whole network. Raises `ModelFileError` if the file does not fit the architecture.
    """
    keras.utils.set_random_seed(config.seed)
    row = backbones.get(config.backbone)
    image = layers.Input((config.input_size, config.input_size, 3), name="image")
    base_output = _backbone(row, config, image, None if config.continues else weights_path)
    x = {"average": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D,
         "flatten": layers.Flatten}[config.pooling](name="head_pooling")(base_output)
    if config.dense_units:
        x = layers.Dense(config.dense_units, "relu", name="head_dense")(x)
    if config.dropout:
        x = layers.Dropout(config.dropout, seed=config.seed, name="head_dropout")(x)
    output = layers.Dense(num_classes, "softmax", name="probabilities")(x)
    whole = keras.Model(image, output, name="classifier")
    if config.continues and weights_path is not None:
        reuse.load_whole(whole, weights_path)
        if row.preprocessing == "efficientnet":
            _finish_efficientnet(whole, loaded=True)
    return split(whole, config)


def split(whole: keras.Model, config: RunConfig) -> SplitModel:
    """Split a whole network of `build` at the freeze boundary of `config`, and freeze
    its layers accordingly."""
    row = backbones.get(config.backbone)
    outputs = {operation.name: operation.output for operation in whole.operations}
    num_frozen = backbones.num_frozen(config)
    name = "head_pooling" if num_frozen == len(row.stages) \
        else "image" if num_frozen == 0 else row.stages[num_frozen - 1].cut
    boundary, pooled = outputs[name], outputs["head_pooling"]
    frozen = keras.Model(whole.input, boundary, name="frozen_part") if name != "image" else None
    parts = SplitModel(
        whole=whole, frozen=frozen, boundary=name,
        learning=keras.Model(boundary, whole.output, name="learning_part"),
        pooled=keras.Model(boundary, pooled, name="to_pooled") if name != "head_pooling" else None,
        head=keras.Model(pooled, whole.output, name="head"))
    freeze(parts, config)
    return parts


def freeze(parts: SplitModel, config: RunConfig) -> None:
    """Let exactly those layers learn that `config` lets learn; BatchNormalization: see
    the module's docstring."""
    frozen_names = {layer.name for layer in parts.frozen.layers} if parts.frozen else set()
    for layer in parts.whole.layers:
        fixed = isinstance(layer, layers.BatchNormalization) and not config.from_scratch
        layer.trainable = not (fixed or layer.name in frozen_names or prepares(layer))


def prepares(layer: keras.layers.Layer) -> bool:
    """Whether a layer belongs to the preprocessing: ours, or Keras's own, which never
    learns."""
    return layer.name == "preprocess" or isinstance(layer, (layers.Rescaling, layers.Normalization))


def _preprocess(image: keras.KerasTensor, kind: str) -> keras.KerasTensor:
    """What `preprocess_input` of the backbone's module does, as standard layers; see
    `backbones.facts.Facts`."""
    if kind == "keras":
        return image
    if kind == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocess")(image)
    if kind == "torch":
        return layers.Rescaling(
            [1 / (255 * deviation) for deviation in _DEVIATIONS],
            [-mean / deviation for mean, deviation in zip(_MEANS, _DEVIATIONS, strict=True)],
            name="preprocess")(image)
    if kind == "efficientnet":
        # its numbers follow the weights: `_finish_efficientnet`
        return layers.Rescaling(1.0, name="preprocess")(image)
    swap = np.zeros((1, 1, 3, 3), np.float32)
    for channel in range(3):
        swap[0, 0, channel, 2 - channel] = 1.0  # RGB to BGR; the bias takes the means away
    convolution = layers.Conv2D(3, 1, name="preprocess", trainable=False)
    result = convolution(image)
    convolution.set_weights([swap, -np.array(_CAFFE_MEANS, np.float32)])
    return result


def _backbone(row: Backbone, config: RunConfig, image: keras.KerasTensor,
              weights_path: Path | None) -> keras.KerasTensor:
    """The backbone laid on the preprocessed image, so that the whole network is one
    flat graph that can be cut anywhere.

    The weights are read through a second model over the same layers: no large network
    is held twice.
    """
    x = _preprocess(image, row.preprocessing)
    if row.bundled:
        plain = build_bundled_backbone((config.input_size, config.input_size, 3),
                                       "bundled" if config.weights == "bundled" else None)
        if weights_path is not None:
            _load(plain, row, config, weights_path)
        flat = keras.models.clone_model(plain, input_tensors=x)
        for layer in plain.layers:
            if layer.weights:
                flat.get_layer(layer.name).set_weights(layer.get_weights())
        # not `flat.output`: a model over a tensor gets a graph of its own
        return flat.get_layer(row.stages[-1].cut).output
    flat = _application(row, config.input_size, x)
    if weights_path is not None:
        _load(keras.Model(x, flat.output), row, config, weights_path)
    if row.preprocessing == "efficientnet":
        _finish_efficientnet(flat, loaded=weights_path is not None)
    return flat.output


def _load(plain: keras.Model, row: Backbone, config: RunConfig, path: Path) -> None:
    if config.weights == "run":
        reuse.load_backbone(plain, path)
    else:
        load_weights(plain, row, path)


def _finish_efficientnet(model: keras.Model, loaded: bool) -> None:
    """Make a network that was built without `weights="imagenet"` see what Keras's own,
    built with it, sees.

    Only then Keras divides its normalised picture once more, by the roots of ImageNet's
    deviations (its source: `efficientnet.py`). The layer "preprocess" stands before
    Keras's two own, and there (x - m) / root + m, m the mean of the normalisation in
    the file (0..255), comes to the same. Without a file the normalisation gets
    ImageNet's numbers.
    """
    normalization = next(layer for layer in model.layers if isinstance(layer, layers.Normalization))
    if not loaded:
        normalization.set_weights([
            np.array(_MEANS, np.float32),
            np.array(_DEVIATIONS, np.float32),
            np.zeros((), np.int32)
        ])
    normalization.finalize_state()  # values set from outside count from here on
    roots, means = np.sqrt(_DEVIATIONS), 255 * normalization.get_weights()[0].astype(float)
    rescaling = model.get_layer("preprocess")
    rescaling.scale, rescaling.offset = (1 / roots).tolist(), (means * (1 - 1 / roots)).tolist()


def plain_backbone(row: Facts, size: int) -> keras.Model:
    """The bare architecture with random weights, without preprocessing."""
    return _application(row, size, None)


def _application(row: Facts, size: int, x: keras.KerasTensor | None) -> keras.Model:
    options = {"alpha": row.alpha} if row.alpha is not None else {}
    if row.minimalistic:
        options["minimalistic"] = True
    constructor = getattr(keras.applications, row.constructor)
    model = constructor(include_top=False, weights=None, input_shape=(size, size, 3),
                        input_tensor=x, **options)
    name_by_place(model)
    return model


def name_by_place(model: keras.Model) -> None:
    """Rename what Keras has named by counting ("add_41"): from 1 within this model, in
    its own order.

    Keras counts on over all models of a process, and then a cut point had another name
    in every run.
    """
    counts: Counter[str] = Counter()
    for operation in model.operations:
        kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)
        kind = re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()
        if re.fullmatch(rf"{kind}(_\d+)?", operation.name) \
                and not isinstance(operation, layers.InputLayer):
            counts[kind] += 1
            operation.name = f"{kind}_{counts[kind]}"


def load_weights(model: keras.Model, row: Backbone, path: Path, name: str = "") -> None:
    """Load a weights file into the bare architecture; raises `ModelFileError` that says
    what does not fit.

    name: what a person calls the file, if not as it lies on the disk. What it holds is
    looked at in a child process first (`weights_file`).
    """
    name = name or path.name
    file = row.weights_files[0] if row.weights_files else "its own weights"
    weights_file.check(path, name, weights_file.Expected(
        row.name, file, tuple(layer.name for layer in model.layers),
        # the order in which Keras writes and reads them
        tuple(tuple(tuple(value.shape) for value in
                    (*layer.trainable_weights, *layer.non_trainable_weights))
              for layer in model.layers if layer.weights)))
    try:
        model.load_weights(path)
    # Keras raises ValueError, KeyError and TypeError for what does not fit
    except Exception as error:
        raise ModelFileError(f"{shown_name(name, 40)} does not fit {row.name}.",
                             f"Expected: {file}.") from error


def import_weights(*, home: str, backbone: str, path: str, name: str, remove: bool = True,
                   host: str = "") -> dict[str, str]:
    """Check a weights file against its architecture and put it into the home folder; a
    task for a worker.

    Returns {"backbone", "file", "origin"}. Raises `ModelFileError` or `NotFound`;
    `remove`: it is an upload or a download, removed either way. host: from where
    `weights.downloads` has fetched it; "" if a person has brought it.
    """
    row = backbones.get(backbone)
    try:
        other = next((item.name for item in backbones.REGISTRY.values()
                      if name in item.weights_files), row.name)
        if other != row.name:
            raise ModelFileError(f"{name} is the weights file of {other}, not of {row.name}.",
                                 f"Choose the backbone {other}, then import it.")
        if row.bundled:
            raise ModelFileError(f"{row.name} brings its own weights.",
                                 "Nothing needs to be imported.")
        load_weights(plain_backbone(row, max(row.least_input, 64)), row, Path(path), name)
        placed = weights.place(Home(Path(home)), row, Path(path), name, host)
        return {
            "backbone": row.name, "file": placed.name,
            "origin": weights.origin(Home(Path(home)), placed)
        }
    finally:
        if remove:
            Path(path).unlink(missing_ok=True)
        keras.backend.clear_session()
