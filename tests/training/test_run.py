"""Training: frozen is frozen, the cache changes nothing, the best is kept, a kill and a
stop lose nothing."""

import dataclasses
import errno
import json
import math
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.helpers import calibrated_weights, drawn, queued, train
from tltools import backbones, files, runs
from tltools.config import ALL_STAGES
from tltools.runs.events import RunState

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dataset(home):
    return drawn(home)


@pytest.mark.slow
@pytest.mark.parametrize("name", [
    "TLNet", "MobileNetV2-0.35", *(pytest.param(name, marks=pytest.mark.table)
                                   for name in ("MobileNetV2", "VGG16", "ResNet50"))
])
def test_frozen_weights_are_bit_identical(home, dataset, name):
    """Frozen, partly and wholly unfrozen: the loss is finite, and what is frozen stays
    to the last bit."""
    import keras

    from tltools.models import networks

    for unfreeze in (0, 1, ALL_STAGES):
        run = queued(home, dataset, backbone=name, unfreeze_stages=unfreeze, epochs=1, seed=5)
        split = networks.build(run.config(), 2, None)
        start = {layer.name: layer.get_weights() for layer in split.whole.layers}
        frozen = {layer.name for layer in split.frozen.layers} if split.frozen else set()
        run = train(home, run)
        assert run.state is RunState.COMPLETED, run.status.problem
        assert all(math.isfinite(value) for value in run.results()["history"]["loss"])
        after = keras.saving.load_model(run.model_path)
        same = {
            layer.name for layer in after.layers if layer.weights and all(
                np.array_equal(before, now)
                for before, now in zip(start[layer.name], layer.get_weights(), strict=True))
        }
        with_weights = {layer.name for layer in after.layers if layer.weights}
        assert frozen & with_weights <= same
        assert with_weights - frozen - same, "something must have learned"


@pytest.mark.parametrize("unfreeze", [2, pytest.param(ALL_STAGES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [
    "MobileNet-0.25", *(pytest.param(name, marks=[pytest.mark.slow, pytest.mark.table])
                        for name in ("MobileNetV2", "ResNet50"))
])
def test_batch_normalization_of_pretrained_stages_never_changes(home, dataset, name, unfreeze):
    """Frozen or fine-tuned: statistics and scales stay, what is frozen stays to the
    last bit, convolutions learn."""
    import keras

    plain = calibrated_weights(home, name)
    # at 1e-4 its loss only rises, and the epoch before fine-tuning is kept
    rate = 1e-5 if name == "ResNet50" else 1e-4
    run = train(
        home,
        queued(home, dataset, backbone=name, weights="imagenet", unfreeze_stages=unfreeze, epochs=1,
               fine_tune_epochs=3, fine_tune_learning_rate=rate, learning_rate=1e-7, seed=3))
    assert run.state is RunState.COMPLETED, run.status.problem
    assert unfreeze == ALL_STAGES or run.results(
    )["best_epoch"] > 0, "a fine-tuned epoch is the one that is kept"
    after = keras.saving.load_model(run.model_path)
    changed = 0
    for layer in (layer for layer in plain.layers if layer.weights):
        for before, now in zip(layer.get_weights(),
                               after.get_layer(layer.name).get_weights(), strict=True):
            if isinstance(layer, keras.layers.BatchNormalization):
                np.testing.assert_array_equal(before, now)
            else:
                changed += int(not np.array_equal(before, now))
    assert changed > 0, "the unfrozen convolutions must have learned"


@pytest.mark.parametrize(
    ("name", "unfreeze"),
    [("TLNet", 0),
     pytest.param("TLNet", 2, marks=pytest.mark.slow),
     *(pytest.param("MobileNetV2", unfreeze, marks=pytest.mark.slow)
       for unfreeze in (0, ALL_STAGES)),
     *(pytest.param(name, unfreeze, marks=[pytest.mark.slow, pytest.mark.table])
       for name in ("MobileNetV2", "ResNet50", "VGG16")
       for unfreeze in (0, 1, ALL_STAGES) if name != "MobileNetV2" or unfreeze == 1)])
def test_history_from_the_cache_equals_plain_fit(home, name, unfreeze):
    """The same seed, the same order: plain `model.fit` on the whole network gives the
    same curves (relative 1e-4).

    TLNet from random weights, whose BatchNormalization learns; the others from a
    weights file, where it stays.
    """
    import keras

    from tltools import weights
    from tltools.models import networks
    from tltools.training.run import Training
    from tltools.training.steps import Statistics

    dataset = drawn(home, per_class=50)  # more than one batch of validation pictures
    scratch = name == "TLNet"
    if not scratch:
        calibrated_weights(home, name)
    run = queued(home, dataset, backbone=name, weights="none" if scratch else "imagenet",
                 unfreeze_stages=unfreeze, epochs=2, fine_tune_epochs=2, dropout=0.0,
                 fine_tune_learning_rate=1e-3 if scratch else 1e-5)
    ours = train(home, run).history()

    config = run.config()
    split = networks.build(config, 2, weights.resolve(home, config))
    helper = Training(run, home, None)

    def arrays(part):
        from tltools.images import to_array
        folder = Path(run.dataset()["images_dir"])
        rows = helper.material.parts[part].rows
        return np.stack([to_array(folder / row["file"], 32, "crop")
                         for row in rows]).astype("float32"), helper.material.parts[part].y

    x, y = arrays("train")
    validation = arrays("validation")
    theirs: list[dict] = []
    phases = [(0, 2, config.learning_rate)
              ] + ([(2, 4, config.fine_tune_learning_rate)] if unfreeze else [])
    best = (math.inf, None)
    for first, last, rate in phases:
        if first:
            split.learning.set_weights(best[1])
        learning_names = {layer.name for layer in (split.learning if first else split.head).layers}
        for layer in split.whole.layers:
            normal = isinstance(layer, keras.layers.BatchNormalization)
            layer.trainable = layer.name in learning_names and not layer.name.startswith(
                "preprocess") and (not normal or (scratch and first))
        split.whole.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy",
                            metrics=["accuracy"], jit_compile=False)
        for epoch in range(first, last):
            order = np.random.default_rng((config.seed, epoch)).permutation(len(y))
            fitted = split.whole.fit(x[order], y[order], batch_size=config.batch_size,
                                     shuffle=False, verbose=0)
            loss, accuracy = fitted.history["loss"][0], fitted.history["accuracy"][0]
            if first and scratch:
                frozen = keras.Model(split.whole.input, split.frozen.output)(x).numpy()
                zero = np.random.default_rng((config.seed, 0)).permutation(len(y))
                Statistics(split.learning).recompute(
                    [frozen[zero[i:i + 8]] for i in range(0, len(zero), 8)])
            val_loss, val_accuracy = split.whole.evaluate(*validation, batch_size=64, verbose=0)
            theirs.append({
                "loss": loss, "accuracy": accuracy, "val_loss": val_loss,
                "val_accuracy": val_accuracy
            })
            if val_loss < best[0]:
                best = (val_loss, split.learning.get_weights())
    assert len(ours.epochs) == len(theirs) == phases[-1][1]
    for column, values in ours.columns().items():
        np.testing.assert_allclose(values, [item[column] for item in theirs], rtol=1e-4)


@pytest.mark.slow
def test_saved_model_opens_in_plain_keras(home, dataset, tmp_path):
    """A fresh process without this project: the probabilities of the Classify page to
    1e-5."""
    from tltools import images
    from tltools.inference import classifier

    run = train(home, queued(home, dataset, backbone="TLNet"))
    picture = dataset.image_path(dataset.images[0])
    answer = classifier.classify(run_dir=str(run.path),
                                 pictures=[{"path": str(picture), "name": "a.jpg"}])["images"][0]
    np.save(
        tmp_path / "x.npy",
        images.array_from_outside(picture.read_bytes(), "a.jpg", 32,
                                  "crop")[None].astype("float32"))
    code = ("import sys, numpy as np, keras\n"
            "model = keras.models.load_model(sys.argv[1])\n"
            "assert not any(name.startswith('tltools') for name in sys.modules)\n"
            "print([float(v) for v in model.predict(np.load(sys.argv[2]), verbose=0)[0]])")
    done = subprocess.run(
        [sys.executable, "-c", code,
         str(run.model_path),
         str(tmp_path / "x.npy")], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]),
                               list(answer["probabilities"].values()), atol=1e-5)
    assert list(answer["probabilities"]) == json.loads((run.path / "labels.json").read_text())


def test_a_class_that_is_never_predicted_is_named(home, dataset):
    """Cats 140, dogs 8: 95.5 % right, every dog called a cat, and not a word."""
    run = train(home, queued(home, dataset, epochs=1, fine_tune_epochs=0, learning_rate=1e-7))
    results = run.results()
    assert len(results["never_predicted"]) == 1, "this network of noise says one of the two"
    assert results["never_predicted"][0] in results["classes"]
    assert results["test_accuracy"] == results["majority_baseline"] == 0.5


@pytest.mark.slow
def test_best_weights_are_what_is_saved(home, dataset):
    import keras

    run = train(home, queued(home, dataset, epochs=6, learning_rate=0.3, unfreeze_stages=0))
    results = run.results()
    losses = results["history"]["val_loss"]
    assert results["best_epoch"] == int(np.argmin(losses))
    assert results["val_accuracy"] == results["history"]["val_accuracy"][results["best_epoch"]]
    from tltools.training.run import Training
    training = Training(run, home, None)
    part = training.material.parts["validation"]
    from tltools.images import to_array
    folder = Path(run.dataset()["images_dir"])
    x = np.stack([to_array(folder / row["file"], 32, "crop")
                  for row in part.rows]).astype("float32")
    answer = keras.saving.load_model(run.model_path).predict(x, verbose=0)
    loss = -np.log(answer[np.arange(len(part.y)), part.y]).mean()
    assert loss == pytest.approx(min(losses), rel=1e-3)


@pytest.mark.slow
def test_from_scratch_learns_and_its_statistics_do_not_lag(home):
    """Textures told apart by a network from nothing: validation is no artefact of
    BatchNormalization's momentum."""
    dataset = drawn(home, classes=2, per_class=60)
    run = train(
        home,
        queued(home, dataset, backbone="TLNet", unfreeze_stages=ALL_STAGES, epochs=5,
               input_size=48))
    assert run.state is RunState.COMPLETED
    assert max(run.results()["history"]["val_accuracy"]) >= 0.75


@pytest.mark.slow
def test_augmentation_uses_several_views(home, dataset):
    run = train(home, queued(home, dataset, flip=True, shift=0.1, views=3, unfreeze_stages=1))
    assert run.state is RunState.COMPLETED, run.status.problem
    scratch = train(home, queued(home, dataset, flip=True, shift=0.1, unfreeze_stages=ALL_STAGES))
    assert scratch.state is RunState.COMPLETED, scratch.status.problem


@pytest.mark.slow
def test_second_run_finds_the_cache(home, dataset):
    first = train(home, queued(home, dataset, epochs=1))
    before = set(home.features.rglob("*.npy"))
    train(home, queued(home, dataset, epochs=2, dense_units=8))
    assert set(home.features.rglob("*.npy")) == before
    assert first.state is RunState.COMPLETED


@pytest.mark.slow
def test_stop_keeps_the_best_so_far(home, dataset):
    """Asked in the middle of training: it ends, with a model (how soon: the benchmark).
    """
    run = queued(home, dataset, epochs=500)
    thread = threading.Thread(target=train, args=(home, run))
    thread.start()
    deadline = time.monotonic() + 90
    while runs.read(home.workspace(), run.id).status.epoch < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    runs.request_stop(runs.read(home.workspace(), run.id))
    thread.join(20)
    assert not thread.is_alive()
    ended = runs.read(home.workspace(), run.id)
    assert ended.state is RunState.STOPPED
    assert ended.has_model
    assert len(ended.history().epochs) >= 2
    assert ended.results()["val_accuracy"] is not None


@pytest.mark.slow
def test_infinite_loss_is_explained(home, dataset, monkeypatch):
    run = queued(home, dataset, learning_rate=10.0, unfreeze_stages=0, epochs=30, backbone="TLNet",
                 dense_units=64, pooling="flatten", optimizer="sgd", momentum=0.0)
    monkeypatch.setattr("tltools.recipes.schedules.Schedule.rate", lambda self, step: 1e30)
    ended = train(home, run)
    assert ended.state is RunState.FAILED
    assert "loss" in ended.status.problem["title"].lower()
    assert "learning rate" in ended.status.problem["remedy"]


def test_deleted_pictures_end_the_run_with_a_sentence(home, dataset):
    from tltools.datasets import store

    run = queued(home, dataset)
    store.delete(home.workspace(), dataset.id)
    ended = train(home, run)
    assert ended.state is RunState.FAILED
    assert "cannot be read" in ended.status.problem["reason"]


def test_missing_weights_name_the_choices(home, dataset):
    ended = train(home, queued(home, dataset, weights="imagenet", backbone="VGG16"))
    assert ended.state is RunState.FAILED
    assert "not on this machine" in ended.status.problem["reason"]
    assert "scratch" in ended.status.problem["remedy"]


def test_early_stopping(home, dataset):
    run = train(home, queued(home, dataset, epochs=60, patience=2, learning_rate=0.5))
    results = run.results()
    assert len(results["history"]["loss"]) < 60
    assert results["best_epoch"] == len(results["history"]["loss"]) - 1 - 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{"epochs": 6}, {"epochs": 2, "fine_tune_epochs": 4, "unfreeze_stages": 1}])
def test_killed_run_goes_on_as_if_nothing_had_been(home, dataset, settings):
    """SIGKILL in the middle, resumed in another process: the curve equals that of a run
    that was never killed."""
    whole = train(home, queued(home, dataset, **settings))
    run = queued(home, dataset, **settings)
    code = (f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "from tltools.training import loop, run as training\n"
            "import time\nold = loop.Loop._epoch\n"
            "def slow(self, *a):\n    time.sleep(0.5)\n    return old(self, *a)\n"
            "loop.Loop._epoch = slow\n"
            f"training.train_run(run_dir={str(run.path)!r}, home={str(home.path)!r})")
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while runs.read(home.workspace(), run.id).status.epoch < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    killed = runs.read(home.workspace(), run.id)
    files.write_json(run.path / "status.json", {**killed.status.as_dict(), "heartbeat": 1.0})
    killed = runs.read(home.workspace(), run.id)
    assert killed.state is RunState.INTERRUPTED
    runs.request_resume(killed)
    ended = train(home, killed)
    assert ended.state is RunState.COMPLETED, ended.status.problem
    columns, expected = ended.history().columns(), whole.history().columns()
    for name, values in expected.items():
        np.testing.assert_allclose(columns[name], values, rtol=1e-4)
    assert ended.history().fine_tune_start == whole.history().fine_tune_start


@pytest.mark.slow
def test_cats_and_dogs_reach_93_percent(home, shared_data):
    """MobileNetV2 at 160 px, all frozen, ImageNet weights: the first promise of this
    app."""
    from tltools.datasets import store
    from tltools.datasets.sources import tasks

    source = {"kind": "folder", "path": str(shared_data / "datasets" / "cats_dogs")}
    result = tasks.bring_in(home=str(home.path), workspace="local", dataset=None, source=source)
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    file = shared_data / "weights" / name
    run = train(
        home,
        queued(home, store.read(home.workspace(), result["dataset"]), backbone="MobileNetV2",
               weights="file", weights_file=str(file), input_size=160, epochs=10, batch_size=32))
    assert run.results()["test_accuracy"] >= 0.93


@pytest.mark.slow
def test_a_loss_that_explodes_is_stopped_and_explained(home, dataset):
    """VGG16 has no BatchNormalization: at this rate its activations overflow after a
    step or two."""
    run = train(
        home,
        queued(home, dataset, backbone="VGG16", unfreeze_stages=ALL_STAGES, learning_rate=1000.0,
               epochs=3))
    assert run.state is RunState.FAILED
    assert "loss became nan" in run.status.problem["reason"]
    assert "learning rate below 1000" in run.status.problem["remedy"]


def test_a_time_limit_ends_training_and_keeps_the_best(home, dataset):
    run = train(home, queued(home, dataset, epochs=1000, time_limit=2))
    assert run.state is RunState.COMPLETED
    assert run.has_model
    assert 1 <= len(run.history().epochs) < 1000


@pytest.mark.slow
def test_stopped_again_before_its_first_step_a_run_keeps_what_it_had(home, dataset):
    """It went on, and was stopped while pictures were still being decoded: the
    checkpoint's best weights are the model."""
    first = train(home, queued(home, dataset, epochs=3))
    weights = first.path / "model.keras"
    weights.unlink()
    runs.write_status(first, dataclasses.replace(first.status, state=RunState.INTERRUPTED))
    first = runs.read(home.workspace(), first.id)
    runs.request_resume(first)
    shutil.rmtree(home.features)
    (first.path / "stop").touch()
    again = train(home, runs.read(home.workspace(), first.id))
    assert again.state is RunState.STOPPED
    assert again.status.problem is None
    assert again.status.epoch == 3
    assert again.has_model
    assert again.results()["test_accuracy"] == first.results()["test_accuracy"]
    assert again.results()["seconds"]["head"] > 0, "the time of the earlier try counts"


def unfinished(run: runs.Run, epoch: int, **facts) -> runs.Run:
    """The run as if it had been stopped after `epoch` epochs, waiting to go on. facts:
    what else its checkpoint says."""
    checkpoint = np.load(run.checkpoints / "last.npz")
    facts = {**json.loads(str(checkpoint["facts"])), "epoch": epoch, **facts}
    np.savez(run.checkpoints / "last.npz", **{**checkpoint, "facts": json.dumps(facts)})
    runs.write_status(run, dataclasses.replace(run.status, state=RunState.STOPPED, epoch=epoch))
    run = runs.read_folder(run.path)
    runs.request_resume(run)
    return runs.read_folder(run.path)


@pytest.mark.slow
@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_does_not_go_on_with_other_weights_than_it_began_with(home, dataset, stopped):
    """Its head fits the features of the weights it began with: with others the kept
    model would be neither's."""
    file = home.weights / backbones.get("MobileNet-0.25").weights_files[0]
    calibrated_weights(home, "MobileNet-0.25", seed=3)
    first = train(home, queued(home, dataset, weights="file", weights_file=str(file), epochs=3))
    assert first.state is RunState.COMPLETED, first.status.problem
    same = train(home, unfinished(first, 1))
    assert same.state is RunState.COMPLETED, same.status.problem
    model, results = same.model_path.read_bytes(), same.results()

    calibrated_weights(home, "MobileNet-0.25", seed=4)
    if stopped:
        shutil.rmtree(home.features)
    waiting = unfinished(first, 1)
    if stopped:
        (first.path / "stop").touch()
    again = train(home, waiting)
    assert again.state is (RunState.STOPPED if stopped else RunState.FAILED)
    if not stopped:
        assert "weights" in again.status.problem["reason"]
        assert "Use these settings again" in again.status.problem["remedy"]
    assert again.status.epoch == 1
    assert again.model_path.read_bytes() == model
    assert again.results() == results


@pytest.mark.slow
def test_a_time_limit_counts_what_was_spent_before(home, dataset):
    """Not what building graphs took; and nothing more is begun where it is over."""
    run = train(home, queued(home, dataset, epochs=2, time_limit=500))
    over = train(home, unfinished(run, 1, seconds={"head": 400.0, "extract": 150.0,
                                                   "prepare": 1000.0}))
    assert over.state is RunState.COMPLETED, over.status.problem
    assert len(over.history().epochs) == 1
    left = train(home, unfinished(run, 1, seconds={"head": 550.0}, building=100.0))
    assert len(left.history().epochs) == 2


@pytest.mark.slow
def test_going_on_adds_to_the_time(home, dataset):
    run = train(home, queued(home, dataset, epochs=2))
    before = run.results()["seconds"]["head"]
    again = train(home, unfinished(run, 1, seconds={"head": 100.0}))
    assert again.state is RunState.COMPLETED
    assert again.results()["seconds"]["head"] > 100 > before
    assert len(again.history().epochs) == 2


@pytest.mark.slow
@pytest.mark.parametrize("when", ["stopped", "at the end"])
def test_a_full_disk_while_the_best_weights_are_kept_is_said(home, dataset, monkeypatch, when):
    """It was left *running*; now it says so, and goes on when there is room again."""
    from tltools.training import run as running

    def full(self):
        raise OSError(errno.ENOSPC, "No space left on device")

    made = queued(home, dataset, epochs=2)
    if when == "stopped":
        (made.path / "stop").touch()
    with monkeypatch.context() as patch:
        patch.setattr(running.Training, "keep_best", full)
        ended = train(home, made)
    assert ended.state is (RunState.STOPPED if when == "stopped" else RunState.FAILED)
    assert ended.status.problem["title"] == "The disk is full"
    assert "GB" in ended.status.problem["reason"]
    runs.request_resume(ended)
    again = train(home, runs.read(home.workspace(), made.id))
    assert again.state is RunState.COMPLETED, again.status.problem
