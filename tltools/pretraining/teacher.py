"""What an ImageNet network says of every training picture: the targets of distillation, computed once and cached.

Targets are the teacher's pooled features, projected to their principal components and whitened to unit length, so
that matching them by cosine uses all directions. The teacher is only used, never shipped.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tltools.pretraining.data import Images


def targets(images: Images, weights: Path, cache: Path, size: int, components: int) -> np.ndarray:
    """Unit vectors (n, components), float16, of the teacher MobileNetV2 for `images`; cached in `cache`.

    weights: Keras's `mobilenet_v2_..._1.0_224_no_top.h5`. size: side in pixels to which pictures are enlarged.
    """
    path = cache / f"teacher_{size}_{components}.npy"
    if path.exists():
        return np.load(path, mmap_mode="r")
    features = _pooled(images, weights, size, cache / f"teacher_raw_{size}.npy")
    sample = np.asarray(features[:: max(1, len(features) // 20_000)], np.float32)
    mean = sample.mean(0)
    values, vectors = np.linalg.eigh(np.cov((sample - mean).T))
    keep = np.argsort(values)[::-1][:components]
    projection = vectors[:, keep] / np.sqrt(np.sqrt(values[keep]))  # half-whitened: strong directions still lead
    result = (np.asarray(features, np.float32) - mean) @ projection
    result /= np.linalg.norm(result, axis=1, keepdims=True) + 1e-6
    np.save(path, result.astype(np.float16))
    return np.load(path, mmap_mode="r")


def _pooled(images: Images, weights: Path, size: int, path: Path) -> np.ndarray:
    model = keras.applications.MobileNetV2(input_shape=(size, size, 3), include_top=False, pooling="avg",
                                           weights=str(weights))

    @tf.function
    def run(pixels: tf.Tensor) -> tf.Tensor:
        enlarged = tf.image.resize(tf.cast(pixels, tf.float32), (size, size))
        return model(enlarged / 127.5 - 1.0, training=False)

    result = np.zeros((len(images.pixels), model.output_shape[-1]), np.float16)
    for start in range(0, len(result), 100):
        result[start : start + 100] = run(tf.constant(images.pixels[start : start + 100])).numpy()
    np.save(path, result)
    return result
