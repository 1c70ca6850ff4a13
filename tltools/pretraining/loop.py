"""Training of the bundled backbone: one loop, resumable after every epoch, on CPU or GPU.

The loss is cross-entropy, with label smoothing and the teacher's opinion of the view at hand, plus `teacher_weight` times
(1 - cosine) to the teacher's features, through a linear layer that is dropped afterwards. AdamW (Loshchilov & Hutter 2017,
arXiv 1711.05101), warm-up and cosine. An exponential moving average of the weights is what is evaluated and kept.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tltools import bundled_backbone
from tltools.bundled_backbone import build_bundled_backbone
from tltools.pretraining import data
from tltools.pretraining.recipe import Recipe
from tltools.pretraining.teacher import Targets


def build(recipe: Recipe, classes: int) -> keras.Model:
    """The network with its two training heads: outputs logits (batch, classes) and embedding (batch, components)."""
    backbone = build_bundled_backbone((None, None, 3), weights=None)
    pooled = keras.layers.GlobalAveragePooling2D(dtype="float32")(backbone.output)
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(pooled)
    embedding = keras.layers.Dense(recipe.teacher_components, dtype="float32", name="embedding")(pooled)
    return keras.Model(backbone.input, [logits, embedding])


def backbone_of(model: keras.Model) -> keras.Model:
    """The backbone inside a model of `build`, sharing its weights."""
    return keras.Model(model.input, model.get_layer("top_out").output)


def learning_rate(recipe: Recipe, share: float) -> float:
    """The rate at `share` (0..1) of the schedule: linear warm-up, then cosine to a hundredth."""
    if share < recipe.warm_up_share:
        return recipe.learning_rate * max(share, 1e-3) / recipe.warm_up_share
    rest = (share - recipe.warm_up_share) / (1 - recipe.warm_up_share)
    return recipe.learning_rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(rest, 1.0))))


def size_at(recipe: Recipe, share: float) -> int:
    """Input side in pixels at `share` (0..1) of the schedule."""
    return recipe.sizes[min(int(share * len(recipe.sizes)), len(recipe.sizes) - 1)]


def _augment(pixels: tf.Tensor, boxes: tf.Tensor, recipe: Recipe, size: int) -> tf.Tensor:
    """Flip, crop within its box, sharpen and brighten each picture of a batch at random, resize, scale to -1..1."""
    count = tf.shape(pixels)[0]
    x = tf.cast(pixels, tf.float32) / 127.5 - 1.0
    high, wide = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    loss = 2.0 * recipe.crop_padding / data.SIDE * high * wide  # a crop has lost enough already
    span = 1.0 - tf.random.uniform((count,)) * loss
    stretch = tf.random.uniform((count,), 0.9, 1.1)
    part_high, part_wide = high * tf.minimum(span * stretch, 1.0), wide * tf.minimum(span / stretch, 1.0)
    top = boxes[:, 0] + tf.random.uniform((count,)) * (high - part_high)
    left = boxes[:, 1] + tf.random.uniform((count,)) * (wide - part_wide)
    x = tf.image.crop_and_resize(x, tf.stack([top, left, top + part_high, left + part_wide], 1), tf.range(count),
                                 (size, size))
    one = (count, 1, 1, 1)
    x = tf.where(tf.random.uniform(one) < 0.5, x, x[:, :, ::-1])
    if recipe.sharpen:
        strength = recipe.sharpen * tf.maximum(tf.random.uniform(one, -1.0, 1.0), 0.0)  # half of them stay as they are
        x += strength * (x - tf.nn.avg_pool2d(x, 3, 1, "SAME"))
    colour = recipe.colour
    x = x * tf.random.uniform(one, 1 - colour, 1 + colour) + tf.random.uniform(one, -colour, colour)
    return tf.clip_by_value(x, -1.5, 1.5)


def _blend(recipe: Recipe, *arrays: tf.Tensor) -> list[tf.Tensor]:
    """Each row of the arrays mixed with the row before it, all by the same random shares (mixup)."""
    if not recipe.mixup:
        return list(arrays)
    count = tf.shape(arrays[0])[0]
    first, second = (tf.random.gamma((count,), recipe.mixup) + 1e-6 for _ in range(2))
    share = tf.maximum(first, second) / (first + second)
    shares = [tf.reshape(share, [-1] + [1] * (len(array.shape) - 1)) for array in arrays]
    return [share * array + (1 - share) * tf.roll(array, 1, 0) for share, array in zip(shares, arrays, strict=True)]


def _step_function(model: keras.Model, optimizer: keras.optimizers.Optimizer, recipe: Recipe, size: int) -> Callable:
    cross_entropy = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    classes = model.output_shape[0][-1]

    @tf.function
    def step(pixels: tf.Tensor, boxes: tf.Tensor, labels: tf.Tensor, directions: tf.Tensor,
             opinions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        wanted = (1 - recipe.soft_share) * tf.one_hot(labels, classes) + recipe.soft_share * opinions
        x, wanted, directions = _blend(recipe, _augment(pixels, boxes, recipe, size), wanted, directions)
        with tf.GradientTape() as tape:
            logits, embedding = model(x, training=True)
            loss = cross_entropy(wanted, logits)
            if recipe.teacher_weight:
                cosine = tf.reduce_sum(tf.math.l2_normalize(embedding, 1) * directions, 1)
                loss += recipe.teacher_weight * tf.reduce_mean(1.0 - cosine)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        hits = tf.reduce_mean(tf.cast(tf.argmax(logits, 1, tf.int32) == labels, tf.float32))
        return loss, hits

    return step


def accuracy(model: keras.Model, images: data.Images, rows: np.ndarray, size: int) -> float:
    """Share of right answers (0..1) on the given rows, shown at `size` pixels, no augmentation."""

    @tf.function
    def run(pixels: tf.Tensor) -> tf.Tensor:
        x = tf.image.resize(tf.cast(pixels, tf.float32) / 127.5 - 1.0, (size, size))
        return tf.argmax(model(x, training=False)[0], 1, tf.int32)

    hits = [run(tf.constant(images.pixels[part])).numpy() == images.labels[part]
            for part in np.array_split(rows, max(1, len(rows) // 200))]
    return float(np.concatenate(hits).mean())


class Trainer:
    """One pretraining in the folder `out`: `recipe.json`, `state.json`, `last.npz` (all that a resume needs), `log.jsonl`.

    images: training pictures. targets: what the teacher says of them.
    """

    def __init__(self, recipe: Recipe, images: data.Images, targets: Targets, out: Path) -> None:
        self.recipe, self.images, self.targets, self.out = recipe, images, targets, out
        keras.utils.set_random_seed(recipe.seed)
        keras.mixed_precision.set_global_policy("mixed_bfloat16" if recipe.mixed_precision else "float32")
        self.rows, self.held = data.held_out_rows(images.labels, recipe.held_out, recipe.seed)
        self.steps = len(self.rows) // recipe.batch_size
        self.model = build(recipe, int(images.labels.max()) + 1)
        if recipe.start:
            bundled_backbone.load(backbone_of(self.model), Path(recipe.start), partly=True)
        self.optimizer = keras.optimizers.AdamW(recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        self.optimizer.build(self.model.trainable_variables)
        self.average = [np.array(value) for value in self.model.get_weights()]
        self.epoch = 0
        out.mkdir(parents=True, exist_ok=True)
        recipe.save(out / "recipe.json")
        self._resume()

    def run(self, until: int | None = None) -> None:
        """Train up to epoch `until` (default: all), writing a checkpoint after each epoch."""
        while self.epoch < (until or self.recipe.epochs):
            begun = time.perf_counter()
            loss, hits = self._epoch()
            self.epoch += 1
            self._save()
            record = {"epoch": self.epoch, "loss": loss, "accuracy": hits, "seconds": time.perf_counter() - begun,
                      "held_out": self.held_out_accuracy(64), "held_out_96": self.held_out_accuracy(96)}
            with open(self.out / "log.jsonl", "a") as log:
                log.write(json.dumps(record) + "\n")
            print(json.dumps(record), flush=True)

    def held_out_accuracy(self, size: int) -> float:
        """Accuracy (0..1) of the averaged weights on the held-out part, shown at `size` pixels."""
        live = self.model.get_weights()
        self.model.set_weights(self.average)
        result = accuracy(self.model, self.images, self.held, size) if len(self.held) else float("nan")
        self.model.set_weights(live)
        return result

    def averaged_backbone(self) -> keras.Model:
        """A float32 backbone with the averaged weights."""
        self.model.set_weights(self.average)
        policy = keras.mixed_precision.dtype_policy()
        keras.mixed_precision.set_global_policy("float32")
        result = build_bundled_backbone((None, None, 3), weights=None)
        result.set_weights(backbone_of(self.model).get_weights())
        keras.mixed_precision.set_global_policy(policy)
        return result

    def _epoch(self) -> tuple[float, float]:
        tf.random.set_seed(self.recipe.seed * 1000 + self.epoch)
        functions: dict[int, Callable] = {}
        views = data.chosen_views(len(self.images.labels), self.targets.boxes.shape[1], self.recipe.whole_share,
                                  (self.recipe.seed, self.epoch, 1))
        losses, hits = [], []
        for number, part in enumerate(data.batches(self.rows, self.recipe.batch_size, self.epoch, self.recipe.seed)):
            share = (self.epoch + number / self.steps) / self.recipe.epochs
            size = size_at(self.recipe, share)
            if size not in functions:
                functions[size] = _step_function(self.model, self.optimizer, self.recipe, size)
            self.optimizer.learning_rate = learning_rate(self.recipe, share)
            view = views[part]
            loss, hit = functions[size](tf.constant(self.images.pixels[part]),
                                        tf.constant(self.targets.boxes[part, view]),
                                        tf.constant(self.images.labels[part]),
                                        tf.constant(self.targets.features[part, view], tf.float32),
                                        tf.constant(self.targets.labels[part, view], tf.float32))
            losses.append(float(loss))
            hits.append(float(hit))
            if number % 8 == 0:
                self._follow(self.recipe.ema**8)
        return float(np.mean(losses)), float(np.mean(hits))

    def _follow(self, decay: float) -> None:
        decay = min(decay, 0.5 + self.epoch / (self.epoch + 1) / 2)  # in the first epochs the average must forget fast
        for kept, live in zip(self.average, self.model.get_weights(), strict=True):
            kept *= decay
            kept += (1 - decay) * live

    def _save(self) -> None:
        temporary = self.out / "writing.npz"
        arrays = {f"model_{n}": value for n, value in enumerate(self.model.get_weights())}
        arrays |= {f"average_{n}": value for n, value in enumerate(self.average)}
        arrays |= {f"optimizer_{n}": np.array(v) for n, v in enumerate(self.optimizer.variables)}
        np.savez(temporary, epoch=self.epoch, **arrays)
        temporary.replace(self.out / "last.npz")

    def _resume(self) -> None:
        if not (self.out / "last.npz").exists():
            return
        stored = np.load(self.out / "last.npz")
        self.epoch = int(stored["epoch"])
        self.model.set_weights([stored[f"model_{n}"] for n in range(len(self.average))])
        self.average = [stored[f"average_{n}"].copy() for n in range(len(self.average))]
        for number, variable in enumerate(self.optimizer.variables):
            variable.assign(stored[f"optimizer_{number}"])
