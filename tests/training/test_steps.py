"""One step of a compiled model: Keras's own values, batches of any size, true
statistics."""

import numpy as np
import pytest

from tltools.training.steps import Statistics, Steps, forward


def network(normal: bool = False):
    import keras

    keras.utils.set_random_seed(1)
    layers = [keras.layers.Input((4, )), keras.layers.Dense(5, "relu")]
    layers += [keras.layers.BatchNormalization(momentum=0.999)] if normal else []
    made = keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])
    made.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy",
                 metrics=["accuracy"])
    return made


def points(count: int):
    generator = np.random.default_rng(count)
    return generator.normal(size=(count, 4)).astype(np.float32), generator.integers(0, 3, count)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_a_step_is_what_keras_does(weights):
    ours, theirs = network(), network()
    steps = Steps(ours, weights)
    for count in (8, 8, 3):
        x, y = points(count)
        loss, accuracy = steps.train(x, y.astype(np.int32))
        theirs.reset_metrics()
        expected = theirs.train_on_batch(
            x, y, class_weight=None if weights is None else dict(enumerate(weights)),
            return_dict=True)
        assert (loss, accuracy) == pytest.approx((expected["loss"], expected["accuracy"]),
                                                 rel=1e-5)
    for value, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-5, atol=1e-7)


def test_measuring_learns_nothing():
    model = network()
    before = model.get_weights()
    x, y = points(8)
    loss, accuracy = Steps(model).test(x, y.astype(np.int32))
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    assert (loss, accuracy) == pytest.approx((expected["loss"], expected["accuracy"]), rel=1e-5)
    for value, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, other)


def test_the_rate_is_the_optimizers():
    steps = Steps(network())
    steps.rate = 0.025
    assert steps.rate == pytest.approx(0.025)
    assert float(steps.model.optimizer.learning_rate.numpy()) == pytest.approx(0.025)
    x, y = points(8)
    before = steps.model.get_weights()
    steps.rate = 0.0
    steps.train(x, y.astype(np.int32))
    for value, other in zip(steps.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, other)


def test_statistics_become_the_average_of_the_batches():
    import keras

    model = network(normal=True)
    normal = next(layer for layer in model.layers
                  if isinstance(layer, keras.layers.BatchNormalization))
    batches = [points(count)[0] for count in (16, 32)]
    hidden = [np.maximum(batch @ model.layers[0].get_weights()[0]
                         + model.layers[0].get_weights()[1], 0) for batch in batches]
    Steps(model).recompute_statistics(batches)
    np.testing.assert_allclose(normal.moving_mean.numpy(),
                               np.mean([item.mean(0) for item in hidden], 0), rtol=1e-4,
                               atol=1e-6)
    np.testing.assert_allclose(normal.moving_variance.numpy(),
                               np.mean([item.var(0) for item in hidden], 0), rtol=1e-3,
                               atol=1e-6)
    assert normal.momentum == 0.999, "what was borrowed is given back"


def test_without_normalisation_there_is_nothing_to_recompute():
    model = network()
    before = model.get_weights()
    Statistics(model).recompute([points(8)[0]])
    for value, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, other)


def test_forward_takes_batches_of_any_size_and_type():
    model = network()
    run = forward(model)
    for count in (1, 7):
        x = np.random.default_rng(0).integers(0, 255, (count, 4)).astype(np.uint8)
        np.testing.assert_allclose(run(x), model(x.astype(np.float32), training=False).numpy(),
                                   rtol=1e-5)
