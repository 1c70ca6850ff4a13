"""One training or measuring step on a batch, compiled once for batches of any size.

Owns the compiled functions and the recomputing of BatchNormalization's statistics.
Leaves the order of batches to `loop`. Keras's `train_on_batch` builds its graph
anew for the last, smaller batch of an epoch, which on a network that learns as a whole
costs seconds before the first epoch ends; a signature without batch size avoids it. The
values are the same (tests/test_training.py compares with `model.fit`).
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf


class Steps:
    """The steps of a compiled model. x: float32 (batch, ...); y: int32 (batch,). Losses
    and accuracies are the batch's own.

    class_weights: how much each class counts in the training loss (classes,), as
    `fit(class_weight=...)`; None for equally.
    """

    def __init__(self, model: keras.Model, class_weights: list[float] | None = None) -> None:
        self.model = model
        weights = None if class_weights is None else tf.constant(class_weights, tf.float32)
        signature = [
            tf.TensorSpec((None, *model.input_shape[1:]), tf.float32),
            tf.TensorSpec((None, ), tf.int32)
        ]
        self._train = tf.function(
            lambda x, y: model.train_step((x, y) if weights is None else
                                          (x, y, tf.gather(weights, y))), input_signature=signature)
        self._test = tf.function(lambda x, y: model.test_step((x, y)), input_signature=signature)
        self._statistics: Statistics | None = None

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.model.optimizer.learning_rate.numpy())

    @rate.setter
    def rate(self, rate: float) -> None:
        self.model.optimizer.learning_rate = rate

    def train(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Learn from a batch; returns its loss and accuracy (0..1)."""
        return self._values(self._train, x, y)

    def test(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
        """Loss and accuracy (0..1) of a batch."""
        return self._values(self._test, x, y)

    def recompute_statistics(self, batches: list[np.ndarray]) -> None:
        """See `Statistics`."""
        if self._statistics is None:
            self._statistics = Statistics(self.model)
        self._statistics.recompute(batches)

    def _values(self, function: tf.types.experimental.PolymorphicFunction, x: np.ndarray,
                y: np.ndarray) -> tuple[float, float]:
        self.model.reset_metrics()
        values = function(tf.constant(x, tf.float32), tf.constant(y, tf.int32))
        return float(values["loss"]), float(values["accuracy"])


def forward(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """The model's answer as a function of arrays, in inference mode: (n, ...) of any
    number type -> float32."""
    run = tf.function(lambda batch: model(tf.cast(batch, tf.float32), training=False),
                      reduce_retracing=True)
    return lambda batch: run(tf.constant(batch)).numpy()


class Statistics:
    """Sets the moving mean and variance of every learning BatchNormalization to their
    average over some batches.

    From scratch the moving ones lag far behind (momentum 0.999 over a few dozen steps),
    and validation would be at chance only because of that.
    """

    def __init__(self, model: keras.Model) -> None:
        self._layers = [layer for layer in model.layers
                        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable]
        kept = [layer.momentum for layer in self._layers]
        signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)]
        try:
            for layer in self._layers:
                # while the graph is built: the moving values become the batch's own
                layer.momentum = 0.0
            self._run = tf.function(lambda x: model(x, training=True), input_signature=signature)
            if self._layers:
                self._run.get_concrete_function()
        finally:
            for layer, momentum in zip(self._layers, kept, strict=True):
                layer.momentum = momentum

    def recompute(self, batches: list[np.ndarray]) -> None:
        """Show the network these batches (float32, n x ...) and keep the averages."""
        if not self._layers or not batches:
            return
        sums = [[0.0, 0.0] for _ in self._layers]
        for batch in batches:
            self._run(tf.constant(batch, tf.float32))
            for both, layer in zip(sums, self._layers, strict=True):
                both[0] = both[0] + layer.moving_mean.numpy()
                both[1] = both[1] + layer.moving_variance.numpy()
        for both, layer in zip(sums, self._layers, strict=True):
            layer.moving_mean.assign(both[0] / len(batches))
            layer.moving_variance.assign(both[1] / len(batches))
