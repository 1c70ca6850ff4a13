"""What an ImageNet network says of every training picture and of crops of it: the targets of distillation, computed
once and cached.

Targets are the teacher's pooled features, projected to their principal components, half whitened and of unit length, so
that matching them by cosine uses all directions; and what a linear classifier on its features says of the classes at
hand. The teacher is only used, never shipped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tltools.pretraining.data import Images
from tltools.pretraining.recipe import Recipe

BODY_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


@dataclass(frozen=True)
class Targets:
    """The first view of each picture is the whole of it, the others are crops.

    boxes: (n, views, 4), top, left, bottom, right as shares of the picture, float32. features: unit vectors (n, views,
    components), float16. labels: probabilities (n, views, classes), float16.
    """

    boxes: np.ndarray
    features: np.ndarray
    labels: np.ndarray


def targets(images: Images, rows: np.ndarray, weights: Path, cache: Path, recipe: Recipe) -> Targets:
    """What the teacher MobileNetV2 says of `images`; cached in `cache`.

    A consistent teacher judges the very crop that the student sees (Beyer et al. 2021, arXiv 2106.05237).
    rows: the pictures that may be learned from. weights: folder with Keras's file of MobileNetV2 1.0 without top.
    """
    count, size = len(images.labels), recipe.teacher_size
    boxes = np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1 + recipe.views, 1))
    raw = cache / f"teacher_raw_{size}.npy"
    views = [_cached(raw, partial(_pooled, images, boxes[:, 0], weights / BODY_FILE, size))]
    for number in range(1, 1 + recipe.views):
        boxes[:, number] = crops(count, recipe.view_least, recipe.view_most, (recipe.seed, number))
        name = f"teacher_raw_{recipe.view_size}_view{number}_{recipe.view_least:g}_{recipe.view_most:g}.npy"
        views.append(_cached(cache / name, partial(_pooled, images, boxes[:, number], weights / BODY_FILE, recipe.view_size)))
    path = cache / f"teacher_labels_{size}_{recipe.views}_{recipe.view_size}.npy"
    labels = _cached(path, partial(_opinions, views, images.labels, rows))
    projection = _projection(views[0], recipe.teacher_components)
    return Targets(boxes, np.stack([_directions(view, *projection) for view in views], 1), labels)


def crops(count: int, least: float, most: float, seed: tuple[int, ...]) -> np.ndarray:
    """Random boxes (count, 4), float32, that hold `least` to `most` (0..1) of a picture's area, sides 3:4 to 4:3."""
    generator = np.random.default_rng(seed)
    area = generator.uniform(least, most, count)
    stretch = np.exp(generator.uniform(-0.5, 0.5, count) * np.log(4 / 3))
    high, wide = np.minimum(np.sqrt(area) * stretch, 1.0), np.minimum(np.sqrt(area) / stretch, 1.0)
    top, left = generator.uniform(size=count) * (1 - high), generator.uniform(size=count) * (1 - wide)
    return np.stack([top, left, top + high, left + wide], 1).astype(np.float32)


def _cached(path: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".writing.npy")
        np.save(temporary, compute())
        temporary.replace(path)
    return np.load(path, mmap_mode="r")


def _projection(features: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    sample = np.asarray(features[:: max(1, len(features) // 20_000)], np.float32)
    mean = sample.mean(0)
    values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    keep = np.argsort(values)[::-1][:components]
    projection = vectors[:, keep] / np.sqrt(np.sqrt(values[keep]))  # half-whitened: strong directions still lead
    return mean, projection.astype(np.float32)


def _directions(features: np.ndarray, mean: np.ndarray, projection: np.ndarray) -> np.ndarray:
    result = (np.asarray(features, np.float32) - mean) @ projection
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-6
    return result.astype(np.float16)


def _opinions(views: list[np.ndarray], labels: np.ndarray, rows: np.ndarray, epochs: int = 8) -> np.ndarray:
    """Probabilities (n, views, classes) of a linear classifier on the features, learned from whole pictures of `rows`."""
    features = np.asarray(views[0], np.float32)
    scale = keras.layers.Normalization()
    scale.adapt(features[rows])
    model = keras.Sequential([scale, keras.layers.Dropout(0.3), keras.layers.Dense(int(labels.max()) + 1, "softmax")])
    batch = 256
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * (len(rows) // batch))
    model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    held = np.setdiff1d(np.arange(len(labels)), rows)
    model.fit(features[rows], labels[rows], batch, epochs, validation_data=(features[held], labels[held]), verbose=2)
    return np.stack([model.predict(np.asarray(view, np.float32), 1000, verbose=0).astype(np.float16) for view in views], 1)


def _pooled(images: Images, boxes: np.ndarray, weights: Path, size: int) -> np.ndarray:
    model = keras.applications.MobileNetV2(input_shape=(size, size, 3), include_top=False, pooling="avg",
                                           weights=str(weights))

    @tf.function
    def run(pixels: tf.Tensor, parts: tf.Tensor) -> tf.Tensor:
        enlarged = tf.image.crop_and_resize(tf.cast(pixels, tf.float32), parts, tf.range(tf.shape(pixels)[0]), (size, size))
        return model(enlarged / 127.5 - 1.0, training=False)

    result = np.zeros((len(images.pixels), model.output_shape[-1]), np.float16)
    for start in range(0, len(result), 100):
        part = slice(start, start + 100)
        result[part] = run(tf.constant(images.pixels[part]), tf.constant(boxes[part])).numpy()
    return result
