"""TLNet: the small backbone that this project pretrains itself and carries, so that a
classroom without internet can see true transfer learning.

Owns the architecture and where its weights lie. Leaves how it was trained to
`pretraining`, and scaling of pixels to `models` (inputs here are -1..1).

A plain residual network (He et al. 2015, arXiv 1512.03385) of ordinary 3x3 convolutions
with a stride-2 stem: on CPUs and in short training it learned far better than depthwise
networks of the same cost (figures: model card).
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

WEIGHTS_PATH = Path(__file__).parents[1] / "bundled" / "tlnet.npz"
STEM_WIDTH = 32
STAGES: tuple[tuple[int, int], ...] = ((32, 1), (64, 1), (128, 2), (320, 2))
"""(width, residual blocks) of the four stages; every stage after the first halves
height and width."""
TOP_WIDTH = 1024
"""Width of the last 1x1 convolution: many features to choose from are what a new head
needs (as in MobileNetV2)."""


def build_bundled_backbone(input_shape: tuple[int | None, int | None, int] = (96, 96, 3),
                           weights: str | None = "bundled") -> keras.Model:
    """TLNet without a classifier.

    input_shape: (height, width, 3), at least 32; inputs float in -1..1. weights:
    "bundled", None (random), or the path of a file that `save` wrote. Returns a model
    from (batch, height, width, 3) to (batch, height/16, width/16, 1024). Stages end at
    the layers `stem_relu`, `stage1_out` ... `stage4_out`, `top_out`.
    """
    image = layers.Input(input_shape, name="image")
    x = _convolution(image, STEM_WIDTH, 2, "stem")
    x = layers.ReLU(name="stem_relu")(x)
    for stage, (width, blocks) in enumerate(STAGES, start=1):
        for block in range(1, blocks + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            last = block == blocks
            x = _residual_block(x, width, stride, f"stage{stage}_block{block}",
                                f"stage{stage}_out" if last else f"stage{stage}_block{block}_out")
    x = _convolution(x, TOP_WIDTH, 1, "top", kernel=1)
    x = layers.ReLU(name="top_out")(x)
    model = keras.Model(image, x, name="tlnet")
    if weights is not None:
        fill(model, read(WEIGHTS_PATH if weights == "bundled" else Path(weights)))
    return model


def save(model: keras.Model, path: Path) -> None:
    """Write the backbone's weights, named by layer and place: kernels as whole numbers
    -127..127 with one scale for each output channel (a quarter of float32; what that
    costs stands in the model card), the rest as float16."""
    arrays = {}
    for layer in model.layers:
        for number, value in enumerate(layer.get_weights()):
            key = f"{layer.name}/{number}"
            if value.ndim == 4:
                scale = np.maximum(np.abs(value).max((0, 1, 2)), 1e-12) / 127
                arrays[key] = np.round(value / scale).astype(np.int8)
                arrays[f"{key}/scale"] = scale.astype(np.float32)
            else:
                arrays[key] = value.astype(np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)


def read(path: Path) -> dict[str, np.ndarray]:
    """The float32 weights in a file that `save` wrote, by "layer/place"."""
    with np.load(path, allow_pickle=False) as stored:
        return {key: stored[key].astype(np.float32) * stored.get(f"{key}/scale", 1.0)
                for key in stored.files if not key.endswith("/scale")}


def fill(model: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Put weights, named "layer/place", into the layers of those names. Raises KeyError
    if one is missing."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(
                [arrays[f"{layer.name}/{number}"] for number in range(len(layer.weights))])


def _convolution(x: keras.KerasTensor, width: int, stride: int, name: str,
                 kernel: int = 3) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, stride, padding="same", use_bias=False,
                      kernel_initializer="he_normal", name=f"{name}_conv")(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name=f"{name}_bn")(x)


def _residual_block(x: keras.KerasTensor, width: int, stride: int, name: str,
                    out: str) -> keras.KerasTensor:
    shortcut = x
    if stride > 1:
        shortcut = layers.AveragePooling2D(stride, padding="same", name=f"{name}_pool")(shortcut)
    if stride > 1 or x.shape[-1] != width:
        shortcut = _convolution(shortcut, width, 1, f"{name}_shortcut", kernel=1)
    y = _convolution(x, width, stride, f"{name}_a")
    y = layers.ReLU(name=f"{name}_a_relu")(y)
    y = _convolution(y, width, 1, f"{name}_b")
    y = layers.Add(name=f"{name}_add")([y, shortcut])
    return layers.ReLU(name=out)(y)
