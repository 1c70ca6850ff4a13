"""Optimizers, losses, class weights and schedules are plain Keras's, and a run that was
stopped goes on with all of them."""

from pathlib import Path

import numpy as np
import pytest

from tests.helpers import drawn, queued, train
from tltools import runs
from tltools.config import RunConfig
from tltools.datasets import edits, store
from tltools.recipes.schedules import plan
from tltools.runs.events import Phase, RunState


@pytest.fixture
def dataset(home):
    """Three classes of 20, 20 and 8 pictures."""
    made = drawn(home, classes=3)
    return edits.delete_images(home.workspace(), made.id,
                               [image.id for image in made.members(made.classes[2].id)[8:]])


def theirs(run: runs.Run, home, optimizer, rates: list[float]) -> dict[str, list[float]]:
    """The head trained by plain `fit(class_weight=...,
    loss=CategoricalCrossentropy(label_smoothing))` on the frozen part's output; rates:
    of each step, given by a callback."""
    import keras

    from tltools.images import to_array
    from tltools.models import networks
    from tltools.training.run import Training

    config, helper = run.config(), Training(run, home, None)
    split = networks.build(config, 3, None)
    folder = Path(run.dataset()["images_dir"])

    def arrays(part):
        rows, y = helper.material.parts[part].rows, helper.material.parts[part].y
        pictures = np.stack([to_array(folder / row["file"], 32, "crop")
                             for row in rows]).astype("float32")
        return split.frozen.predict(pictures, verbose=0), np.eye(3, dtype="float32")[y]

    class SetRate(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.learning_rate = rates.pop(0)

    (x, y), validation = arrays("train"), arrays("validation")
    counts = y.sum(0)
    balanced = config.class_weights == "balanced"
    weights = {number: len(y) / (3 * count)
               for number, count in enumerate(counts)} if balanced else None
    split.head.compile(optimizer,
                       keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
                       metrics=["accuracy"], jit_compile=False)
    result: dict[str, list[float]] = {}
    for epoch in range(config.epochs):
        order = np.random.default_rng((config.seed, epoch)).permutation(len(y))
        history = split.head.fit(x[order], y[order], batch_size=config.batch_size, shuffle=False,
                                 verbose=0, class_weight=weights, callbacks=[SetRate()],
                                 validation_data=validation, validation_batch_size=64).history
        for name, values in history.items():
            result.setdefault(name, []).append(values[0])
    return result


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [{"optimizer": "adamw", "weight_decay": 0.3, "schedule": "step", "label_smoothing": 0.2}, {
        "optimizer": "sgd", "momentum": 0.8, "schedule": "cosine", "warm_up": 1,
        "class_weights": "balanced", "label_smoothing": 0.1
    }], ids=lambda settings: settings["optimizer"])
def test_curves_equal_plain_keras(home, dataset, settings):
    from keras import optimizers

    run = queued(home, dataset, epochs=3, dropout=0.0, learning_rate=0.01, **settings)
    (phase,) = plan(run.config(), run.dataset()["counts"]["train"])
    rates = [phase.schedule.rate(step) for step in range(phase.schedule.steps)]
    optimizer = optimizers.SGD(0.01, momentum=0.8) if settings["optimizer"] == "sgd" else \
        optimizers.AdamW(0.01, weight_decay=0.3)
    expected = theirs(run, home, optimizer, list(rates))
    run = train(home, run)
    assert run.state is RunState.COMPLETED, run.status.problem
    for name, values in run.history().columns().items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-4, err_msg=name)
    recorded = [item["learning_rate"] for item in run.history().epochs]
    assert recorded == pytest.approx(rates[phase.batches - 1 :: phase.batches])


EVERYTHING = {
    "optimizer": "adamw", "schedule": "cosine", "warm_up": 1, "class_weights": "balanced",
    "label_smoothing": 0.1, "flip": True, "rotate": 10.0, "brightness": 0.2, "views": 3,
    "watch": "accuracy", "patience": 3, "learning_rate": 0.01, "dropout": 0.3
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "phase", "share"),
    [({"epochs": 12}, Phase.HEAD, 0.3),
     ({"epochs": 2, "fine_tune_epochs": 6, "unfreeze_stages": 1, "fine_tune_learning_rate": 1e-3
       }, Phase.FINE_TUNE, 0.45)])
def test_stopped_in_the_middle_of_a_phase_it_goes_on_as_if_nothing_had_been(
        home, dataset, monkeypatch, settings, phase, share):
    """Stopped in the middle of an epoch: schedule, optimizer, patience, class weights
    and views all go on; the curve is that of a run that was never stopped (to 1e-5),
    and the same epoch is kept."""
    from tltools.training.listeners import Reporter

    whole = train(home, queued(home, dataset, **EVERYTHING, **settings))
    assert whole.state is RunState.COMPLETED, whole.status.problem
    run = queued(home, dataset, **EVERYTHING, **settings)
    step = Reporter.step

    def stop_once(self, done, total):
        if self._status.phase == phase and done == int(share * total):
            runs.request_stop(run)
        step(self, done, total)

    with monkeypatch.context() as patch:
        patch.setattr(Reporter, "step", stop_once)
        stopped = train(home, run)
    assert stopped.state is RunState.STOPPED
    finished = len(stopped.history().epochs)
    assert 0 < finished < len(whole.history().epochs)
    assert stopped.history().epochs[-1]["phase"] == phase
    runs.request_resume(stopped)
    ended = train(home, runs.read(home.workspace(), run.id))
    assert ended.state is RunState.COMPLETED, ended.status.problem
    ours, expected = ended.history(), whole.history()
    for name, values in expected.columns().items():
        np.testing.assert_allclose(ours.columns()[name], values, rtol=1e-5, err_msg=name)
    assert [item["learning_rate"]
            for item in ours.epochs] == [item["learning_rate"] for item in expected.epochs]
    assert [item["epoch"] for item in ours.epochs] == list(range(len(ours.epochs)))
    for name in ("best_epoch", "val_accuracy", "test_accuracy", "fine_tune_start"):
        assert ended.results()[name] == whole.results()[name], name
    if phase is Phase.HEAD:
        assert len(
            ours.epochs
        ) < 12, "early stopping must have played a part, or nothing is shown of its counter"


def test_watching_accuracy_keeps_the_best_accuracy_and_of_equals_the_lowest_loss(home, dataset):
    run = train(home,
                queued(home, dataset, epochs=12, learning_rate=0.05, watch="accuracy", patience=4))
    columns, results = run.results()["history"], run.results()
    scores = list(
        zip([-value for value in columns["val_accuracy"]], columns["val_loss"], strict=True))
    assert results["best_epoch"] == scores.index(min(scores))
    assert results["watched"] == "accuracy"
    first_best = columns["val_accuracy"].index(max(columns["val_accuracy"]))
    assert len(scores) == min(12, first_best + 1
                              + 4), "patience counts epochs without a higher accuracy"
    assert run.history().best("accuracy") == results["best_epoch"]


def test_without_validation_the_training_loss_decides(home):
    made = drawn(home, per_class=6)
    store.set_split(home.workspace(), made.id, 0.0, 0.0, 42)
    made = store.read(home.workspace(), made.id)
    run = train(home, queued(home, made, epochs=5, learning_rate=0.5, watch="accuracy"))
    assert run.state is RunState.COMPLETED, run.status.problem
    losses = run.results()["history"]["loss"]
    assert run.results()["best_epoch"] == int(np.argmin(losses)) == run.history().best("accuracy")


def test_checkpoints_from_before_still_go_on(tmp_path):
    """A file written when only the loss could be watched."""
    import json

    from tltools.training.checkpoints import Checkpoint

    facts = {"epoch": 3, "phase": "head", "best_epoch": 1, "best_loss": 0.25, "phase_started": None,
             "phase_best": {"head": [0.25, 2]}, "seconds": {}}
    np.savez(tmp_path / "last.npz", best_0=np.zeros(2), facts=np.array(json.dumps(facts)))
    checkpoint = Checkpoint(tmp_path / "last.npz")
    assert checkpoint.load()
    assert checkpoint.best_score < (0.3, 0.0)
    assert checkpoint.best_score > (0.2, 0.0)
    assert checkpoint.epochs_since_best("head") == 1


def test_defaults_are_what_they_were():
    """A run without new settings is compiled as before there were any."""
    from keras import optimizers

    from tltools.training.optimization import make_loss, make_optimizer

    assert make_loss(RunConfig()) == "sparse_categorical_crossentropy"
    for config, theirs in ((RunConfig(), optimizers.Adam(1e-3)), (RunConfig(optimizer="rmsprop"),
                                                                  optimizers.RMSprop(1e-3))):
        assert {**make_optimizer(config, 1e-3).get_config(), "name": ""
                } == {**theirs.get_config(), "name": ""}
