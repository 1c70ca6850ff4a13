"""From where a run goes on: everything back as it was, the best kept, damage is
nothing."""

import numpy as np
import pytest

from tltools.training.checkpoints import Checkpoint


@pytest.fixture
def model():
    """A tiny compiled network of two layers, whose head alone learns."""
    import keras

    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.layers.Input((3, )), keras.layers.Dense(2, "softmax")])
    made.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    made.optimizer.build(made.trainable_variables)
    return made


def taught(model) -> None:
    model.train_on_batch(np.ones((4, 3), np.float32), np.array([0, 1, 0, 0]))


def followed(path, model) -> Checkpoint:
    checkpoint = Checkpoint(path / "last.npz")
    checkpoint.follow(model, model)
    return checkpoint


def test_weights_and_optimizer_come_back(tmp_path, model):
    checkpoint = followed(tmp_path, model)
    checkpoint.spent.add({"head": 2.0})
    checkpoint.weights_key, checkpoint.building = "abc", 1.5
    taught(model)
    checkpoint.after_epoch("head", 1, (0.5, 0.0))
    kept = [np.array(value) for value in (*model.variables, *model.optimizer.variables)]
    taught(model)

    again = followed(tmp_path, model)
    assert again.load()
    assert (again.epoch, again.best_epoch, again.weights_key) == (1, 0, "abc")
    assert again.seconds == {"head": 2.0}
    assert again.building == 1.5
    again.restore("fine_tune")
    assert not np.array_equal(model.get_weights()[0], kept[0]), "not of this phase"
    again = followed(tmp_path, model)
    again.load()
    again.restore("head")
    for value, before in zip((*model.variables, *model.optimizer.variables), kept, strict=True):
        np.testing.assert_array_equal(np.array(value), before)


def test_the_best_is_kept_and_later_equals_do_not_replace_it(tmp_path, model):
    checkpoint = followed(tmp_path, model)
    weights = []
    for epoch, score in enumerate([(0.5, 0.0), (0.3, 0.0), (0.3, 0.0), (0.4, 0.0)], start=1):
        taught(model)
        weights.append(model.get_weights())
        checkpoint.after_epoch("head", epoch, score)
    assert checkpoint.best_epoch == 1
    assert checkpoint.epochs_since_best("head") == 2
    loaded = Checkpoint(checkpoint.path)
    assert loaded.load()
    for value, expected in zip(loaded.best_weights, weights[1], strict=True):
        np.testing.assert_array_equal(value, expected)


def test_each_phase_has_a_patience_of_its_own(tmp_path, model):
    checkpoint = followed(tmp_path, model)
    checkpoint.after_epoch("head", 1, (0.1, 0.0))
    checkpoint.after_epoch("fine_tune", 2, (0.9, 0.0))
    checkpoint.after_epoch("fine_tune", 3, (0.8, 0.0))
    assert checkpoint.epochs_since_best("fine_tune") == 0, "though the best of all is the head's"
    assert checkpoint.best_epoch == 0


@pytest.mark.parametrize("damage", [None, b"", b"PK", "half"])
def test_nothing_or_damage_is_no_checkpoint(tmp_path, model, damage):
    checkpoint = followed(tmp_path, model)
    if damage is not None:
        checkpoint.after_epoch("head", 1, (0.5, 0.0))
        data = checkpoint.path.read_bytes()
        checkpoint.path.write_bytes(data[:len(data) // 2] if damage == "half" else damage)
    assert not Checkpoint(checkpoint.path).load()


def test_nothing_can_be_kept_before_a_model_is_followed(tmp_path):
    with pytest.raises(RuntimeError):
        Checkpoint(tmp_path / "last.npz").after_epoch("head", 1, (0.5, 0.0))
