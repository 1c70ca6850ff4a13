"""What an ImageNet network says of every training picture: the targets of distillation, computed once and cached.

Targets are the teacher's pooled features, projected to their principal components, half whitened and of unit length, so
that matching them by cosine uses all directions; and what a linear classifier on its features says of the classes at
hand. The teacher is only used, never shipped.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tltools.pretraining.data import Images

BODY_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


@dataclass(frozen=True)
class Targets:
    """features: unit vectors (n, components), float16. labels: probabilities (n, classes), float16."""

    features: np.ndarray
    labels: np.ndarray


def targets(images: Images, rows: np.ndarray, weights: Path, cache: Path, size: int, components: int) -> Targets:
    """What the teacher MobileNetV2 says of `images`; cached in `cache`.

    rows: the pictures that may be learned from. weights: folder with Keras's file of MobileNetV2 1.0 without top.
    size: side in pixels to which pictures are enlarged.
    """
    raw = cache / f"teacher_raw_{size}.npy"
    features = np.load(raw, mmap_mode="r") if raw.exists() else _pooled(images, weights / BODY_FILE, size, raw)
    path = cache / f"teacher_labels_{size}.npy"
    if not path.exists():
        np.save(path, _opinions(np.asarray(features, np.float32), images.labels, rows))
    return Targets(_directions(features, components), np.load(path, mmap_mode="r"))


def _directions(features: np.ndarray, components: int) -> np.ndarray:
    sample = np.asarray(features[:: max(1, len(features) // 20_000)], np.float32)
    mean = sample.mean(0)
    values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    keep = np.argsort(values)[::-1][:components]
    projection = vectors[:, keep] / np.sqrt(np.sqrt(values[keep]))  # half-whitened: strong directions still lead
    result = (np.asarray(features, np.float32) - mean) @ projection.astype(np.float32)
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-6
    return result.astype(np.float16)


def _opinions(features: np.ndarray, labels: np.ndarray, rows: np.ndarray, epochs: int = 8) -> np.ndarray:
    """Probabilities of a linear classifier on the features, learned from `rows` only."""
    scale = keras.layers.Normalization()
    scale.adapt(features[rows])
    model = keras.Sequential([scale, keras.layers.Dropout(0.3), keras.layers.Dense(int(labels.max()) + 1, "softmax")])
    batch = 256
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * (len(rows) // batch))
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    held = np.setdiff1d(np.arange(len(labels)), rows)
    model.fit(features[rows], labels[rows], batch, epochs, validation_data=(features[held], labels[held]), verbose=2)
    return model.predict(features, 1000, verbose=0).astype(np.float16)


def _pooled(images: Images, weights: Path, size: int, path: Path) -> np.ndarray:
    model = keras.applications.MobileNetV2(input_shape=(size, size, 3), include_top=False, pooling="avg",
                                           weights=str(weights))

    @tf.function
    def run(pixels: tf.Tensor) -> tf.Tensor:
        enlarged = tf.image.resize(tf.cast(pixels, tf.float32), (size, size))
        return model(enlarged / 127.5 - 1.0, training=False)

    result = np.zeros((len(images.pixels), model.output_shape[-1]), np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    for start in range(0, len(result), 100):
        result[start : start + 100] = run(tf.constant(images.pixels[start : start + 100])).numpy()
    np.save(path, result)
    return result
