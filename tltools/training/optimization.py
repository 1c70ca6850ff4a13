"""What `compile` is given: optimizer and loss of a run. Leaves the rate of each step to
`schedules`."""

from collections.abc import Callable

import keras

from tltools.config import RunConfig


def make_optimizer(config: RunConfig, rate: float) -> keras.optimizers.Optimizer:
    """A fresh optimizer; everything that is no setting here is Keras's default.

    AdamW: Loshchilov and Hutter, arXiv 1711.05101: the decay is apart from the
    gradient, as in Keras.
    """
    if config.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=config.weight_decay)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=config.momentum)
    if config.optimizer == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    return keras.optimizers.Adam(rate)


def make_loss(config: RunConfig) -> str | Callable:
    """The loss on integer labels (batch,) and probabilities (batch, classes).

    Label smoothing (Szegedy et al., arXiv 1512.00567): the target is 1 - s for the
    class plus s / classes for each.
    """
    smoothing = config.label_smoothing
    if not smoothing:
        return "sparse_categorical_crossentropy"

    def smoothed(y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        targets = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y_true, (-1, )), "int32"),
                                    y_pred.shape[-1])
        return keras.losses.categorical_crossentropy(targets, y_pred, label_smoothing=smoothing)

    return smoothed
