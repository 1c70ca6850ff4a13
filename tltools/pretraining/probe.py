"""How much frozen features are worth: logistic regression on them, for several
backbones on the same pictures.

Owns the comparison that `python -m tltools.pretraining evaluate` prints. Pictures enter
through `tltools.images`, as in the app. Leaves accuracy on Tiny ImageNet itself to
`loop`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tltools import images
from tltools.errors import ImageError
from tltools.models.tlnet import build_bundled_backbone

TEST_SHARE = 0.3
MOST_STEPS = 2000


@dataclass(frozen=True)
class Pictures:
    """x: uint8 (n, size, size, 3). y: class numbers (n,)."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Row:
    """One data set. accuracies: share of right test answers (0..1) by backbone, None
    where its weights are absent."""

    name: str
    train: int
    test: int
    accuracies: dict[str, float | None]


def networks(size: int, weights: Path, ours: Path | None = None,
             seed: int = 0) -> dict[str, Callable[[np.ndarray], np.ndarray] | None]:
    """Feature extractors, uint8 (n, size, size, 3) -> float32 (n, features), by name;
    None where a file is absent.

    weights: folder with Keras's ImageNet files. ours: another weights file of our
    backbone than the bundled one.
    """
    keras.utils.set_random_seed(seed)
    shape = (size, size, 3)
    result: dict[str, Callable[[np.ndarray], np.ndarray] | None] = {
        "random": _pooled(build_bundled_backbone(shape, None)),
        "ours": _pooled(build_bundled_backbone(shape, str(ours) if ours else "bundled"))}
    imagenet = {
        "MobileNet-0.25": ("MobileNet", 0.25, "mobilenet_2_5_128_tf_no_top.h5"),
        "MobileNetV2": ("MobileNetV2", 1.0,
                        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5")
    }
    for name, (constructor, alpha, file) in imagenet.items():
        path = weights / file
        build = getattr(keras.applications, constructor)
        result[name] = _pooled(build(input_shape=shape, include_top=False, alpha=alpha,
                                     weights=str(path))) if path.is_file() else None
    return result


def _pooled(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    run = tf.function(
        lambda batch: tf.reduce_mean(
            model(tf.cast(batch, tf.float32) / 127.5 - 1.0, training=False), (1, 2)),
        reduce_retracing=True)
    return lambda x: np.concatenate(
        [run(tf.constant(x[start:start + 64])).numpy() for start in range(0, len(x), 64)])


def accuracy(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> float:
    """Test accuracy (0..1) of logistic regression on standardized features, regularized
    by scikit-learn's default."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MOST_STEPS))
    model.fit(*train)
    return float(model.score(*test))


def tasks(features: np.ndarray, labels: np.ndarray, count: int = 20, kinds: int = 10,
          learn: int = 25, test: int = 100, seed: int = 5) -> float:
    """Mean test accuracy (0..1) of `count` small tasks: `kinds` kinds drawn by `seed`,
    up to `learn` pictures of each to learn from (at most half of them) and up to `test`
    others to name.

    features: (n, features). labels: (n,).
    """
    generator, results = np.random.default_rng(seed), []
    present = np.unique(labels)
    for _ in range(count):
        parts = [generator.permutation(np.flatnonzero(labels == kind))
                 for kind in generator.choice(present, min(kinds, len(present)), replace=False)]
        cuts = [min(learn, len(rows) // 2) for rows in parts]
        train = np.concatenate([rows[:cut] for rows, cut in zip(parts, cuts, strict=True)])
        others = np.concatenate(
            [rows[cut:cut + test] for rows, cut in zip(parts, cuts, strict=True)])
        results.append(
            accuracy((features[train], labels[train]), (features[others], labels[others])))
    return float(np.mean(results))


def read_folder(folder: Path, size: int, seed: int = 0) -> tuple[Pictures, Pictures]:
    """Training and test pictures of `folder/train|test/CLASS/` or, with a seeded split
    of 70 to 30 %, `folder/CLASS/`.

    Raises FileNotFoundError if there are not two classes. Files that are no pictures
    are left out.
    """
    if (folder / "train").is_dir() and (folder / "test").is_dir():
        names = sorted(item.name for item in (folder / "train").iterdir() if item.is_dir())
        return _read(folder / "train", names, size), _read(folder / "test", names, size)
    names = sorted(item.name for item in folder.iterdir() if item.is_dir()) \
        if folder.is_dir() else []
    if len(names) < 2:
        raise FileNotFoundError(f"{folder.name} has no folders of two or more classes")
    everything = _read(folder, names, size)
    generator, test = np.random.default_rng(seed), np.zeros(len(everything.y), bool)
    for number in range(len(names)):
        rows = generator.permutation(np.flatnonzero(everything.y == number))
        test[rows[: max(1, round(TEST_SHARE * len(rows)))]] = True
    return (Pictures(everything.x[~test], everything.y[~test]),
            Pictures(everything.x[test], everything.y[test]))


def _read(folder: Path, names: list[str], size: int) -> Pictures:
    x, y = [], []
    for number, name in enumerate(names):
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                try:
                    x.append(
                        images.array_from_outside(images.read_file(path, path.name), path.name,
                                                  size, "crop"))
                    y.append(number)
                except ImageError:
                    continue
    return Pictures(np.stack(x), np.array(y))


def compare(folder: Path, extractors: dict[str, Callable[[np.ndarray], np.ndarray] | None],
            size: int) -> Row:
    """One row of the table: the same pictures and split for every backbone."""
    train, test = read_folder(folder, size)
    accuracies = {name: accuracy((run(train.x), train.y), (run(test.x), test.y)) if run else None
                  for name, run in extractors.items()}
    return Row(folder.name, len(train.y), len(test.y), accuracies)


def milliseconds(extractor: Callable[[np.ndarray], np.ndarray], size: int,
                 repeats: int = 30) -> float:
    """Median time of one picture by itself; on one core if TensorFlow was told to use
    one."""
    picture = np.zeros((1, size, size, 3), np.uint8)
    times = []
    for _ in range(repeats + 3):
        begun = time.perf_counter()
        extractor(picture)
        times.append((time.perf_counter() - begun) * 1000)
    return float(np.median(times[3:]))
