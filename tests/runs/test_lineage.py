"""Runs that begin where others ended: equal at the start, the backbone handed on, a
gone or broken source said."""

import numpy as np
import pytest

from tests.helpers import calibrated_weights, drawn, queued, train
from tests.runs.helpers import SNAPSHOT, made
from tltools import files, runs, weights
from tltools.config import RunConfig
from tltools.errors import TltoolsError, WeightsMissing
from tltools.runs import lineage
from tltools.runs.events import EpochEvent, RunState


@pytest.fixture
def dataset(home):
    return drawn(home)


def layers(run) -> dict[str, list[np.ndarray]]:
    """Values of every layer of the run's model, by name."""
    import keras

    return {
        layer.name: layer.get_weights()
        for layer in keras.saving.load_model(run.model_path).layers if layer.weights
    }


@pytest.mark.slow
def test_training_further_starts_where_the_parent_ended(home, workspace, dataset):
    calibrated_weights(home, "MobileNet-0.25")
    parent = train(home, queued(home, dataset, weights="imagenet", epochs=3, seed=5))
    before = {path: path.stat().st_mtime_ns for path in parent.path.rglob("*") if path.is_file()}
    caches = set(home.features.rglob("*.npy"))

    child = lineage.train_further(workspace, parent, 2, learning_rate=1e-7)
    assert child.name == f"{parent.name}, trained further"
    assert child.config().epochs == 2
    assert child.dataset() == parent.dataset()
    (home.weights / "mobilenet_2_5_224_tf_no_top.h5").unlink()  # the model holds all that is needed
    child = train(home, child)
    assert child.state is RunState.COMPLETED, child.status.problem
    results, best = parent.results(), parent.results()["best_epoch"]
    assert child.results()["history"]["val_loss"][0] == pytest.approx(
        results["history"]["val_loss"][best], abs=1e-4)
    assert child.results()["continues"] == parent.id
    assert set(home.features.rglob("*.npy")) == caches, (
        "the frozen part is as it was: nothing is computed again")
    assert before == {
        path: path.stat().st_mtime_ns for path in parent.path.rglob("*") if path.is_file()
    }

    curves = child.curves()
    assert curves.inherited == best + 1
    assert [item["epoch"] for item in curves.epochs] == list(range(best + 3))
    assert curves.columns()["val_loss"][: best + 1] == results["history"]["val_loss"][: best + 1]
    assert curves.best("loss") >= best + 1, "the kept epoch is one of its own"

    runs.delete(parent)
    child = runs.read(workspace, child.id)
    assert child.curves().inherited == best + 1


@pytest.mark.slow
def test_a_fine_tuned_run_goes_on_fine_tuning_and_hands_its_backbone_on(home, workspace, dataset):
    plain = calibrated_weights(home, "MobileNet-0.25")
    settings = {
        "weights": "imagenet",
        "unfreeze_stages": 1,
        "epochs": 1,
        "fine_tune_epochs": 2,
        "seed": 5,
        # so that a fine-tuned epoch is the best
        "learning_rate": 1e-6,
        "fine_tune_learning_rate": 1e-4
    }
    parent = train(home, queued(home, dataset, **settings))
    learned = layers(parent)
    name = "conv_pw_13"
    assert not np.array_equal(learned[name][0], plain.get_layer(name).get_weights()[0])

    child = lineage.train_further(workspace, parent, 1, fine_tune_learning_rate=1e-8)
    assert (child.config().epochs, child.config().fine_tune_epochs) == (0, 1)
    child = train(home, child)
    assert child.state is RunState.COMPLETED, child.status.problem
    end = min(value for value in parent.results()["history"]["val_loss"] if value is not None)
    assert child.results()["history"]["val_loss"] == pytest.approx([end], abs=1e-4)

    other = drawn(home, family="shapes", classes=3, per_class=8)
    grown = queued(home, other, **(lineage.as_backbone(parent) | {"input_size": 48, "epochs": 1}))
    grown = train(home, grown)
    assert grown.state is RunState.COMPLETED, grown.status.problem
    assert len(grown.results()["classes"]) == 3
    now = layers(grown)
    for layer in plain.layers:
        for here, there in zip(now.get(layer.name, []), learned.get(layer.name, []), strict=True):
            np.testing.assert_array_equal(here, there)
    assert grown.results()["weights_key"] == files.sha256_file(parent.model_path), (
        "no other network's cache is read")

    waiting = queued(home, other, **lineage.as_backbone(parent))
    assert [run.id for run in lineage.dependents(workspace, {parent.id})] == [waiting.id]
    runs.delete(parent)
    waiting = train(home, waiting)
    assert waiting.state is RunState.FAILED
    assert "was deleted" in waiting.status.problem["reason"]
    assert layers(runs.read(workspace, grown.id)), "what was trained from it still works"


@pytest.mark.parametrize(("cut", "words"), [(0, "cannot be opened"), (-100, "cannot be opened"),
                                            (None, "no fitting layer")])
def test_a_damaged_or_strange_model_is_a_sentence(home, dataset, cut, words):
    import keras

    parent = queued(home, dataset)
    strange = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="other")])
    strange.save(parent.model_path)
    parent.model_path.write_bytes(parent.model_path.read_bytes()[:cut])
    child = train(home, queued(home, dataset, weights="run", weights_run=parent.id))
    assert child.state is RunState.FAILED
    assert words in child.status.problem["reason"]
    assert str(home.path) not in str(child.status.problem)


def test_only_runs_of_the_same_workspace_and_backbone_are_found(home, workspace, dataset):
    elsewhere = runs.create(home.workspace("other"), RunConfig(backbone="MobileNet-0.25"),
                            dataset.snapshot())
    elsewhere.model_path.write_bytes(b"model")
    here = queued(home, dataset)
    config = RunConfig(backbone="MobileNet-0.25", weights="run")
    for wanted, words in ((elsewhere.id, "deleted"), ("../x", "deleted"), ("", "No run is named"),
                          (here.id, "no model")):
        with pytest.raises(WeightsMissing, match=words):
            weights.resolve(home, RunConfig(**{**config.as_dict(), "weights_run": wanted}))
    here.model_path.write_bytes(b"model")
    assert weights.resolve(
        home, RunConfig(**{**config.as_dict(), "weights_run": here.id})) == here.model_path
    with pytest.raises(WeightsMissing, match=r"has the backbone MobileNet-0\.25, not VGG16"):
        weights.resolve(home, RunConfig(backbone="VGG16", weights="run", weights_run=here.id))


def test_what_cannot_go_on_is_said(home, workspace, dataset):
    waiting = queued(home, dataset)
    with pytest.raises(TltoolsError, match="queued"):
        lineage.train_further(workspace, waiting, 1)
    with pytest.raises(TltoolsError, match="no model"):
        lineage.as_backbone(waiting)
    done = queued(home, dataset, weights="none", unfreeze_stages=1, warm_up=2, epochs=3,
                  fine_tune_epochs=3)
    files.write_json(done.path / "status.json",
                     {**files.read_json(done.path / "status.json"), "state": "completed"})
    done.model_path.write_bytes(b"model")
    runs.append_event(done, EpochEvent("fine_tune", 0, 1.0, 0.5, 0.9, 0.75, 1e-3, 1.0))
    further = lineage.train_further(workspace, runs.read(workspace, done.id), 3).config()
    assert (further.epochs, further.fine_tune_epochs, further.warm_up) == (0, 3, 0), (
        "no warm-up for a phase of no epochs")


def test_a_run_goes_on_from_the_epoch_that_was_kept(workspace, home):
    """Kept by accuracy: the curve before the new one ends there, too."""
    run = made(workspace, watch="accuracy")
    for epoch, (loss, accuracy) in enumerate([(0.9, 0.5), (0.8, 0.9), (0.4, 0.7)]):
        runs.append_event(run, EpochEvent("head", epoch, 1.0, 0.5, loss, accuracy, 1e-3, 1.0))
    (home.path / "images").mkdir(parents=True)
    files.write_json(run.path / "dataset.json",
                     {**SNAPSHOT, "images_dir": str(home.path / "images")})
    child = lineage.train_further(workspace, run, 1)
    assert [item["val_accuracy"] for item in child.before()] == [0.5, 0.9]


def snapshot(**parts: str) -> dict:
    """Pictures by part; a letter is a picture's content."""
    return {**SNAPSHOT, "images": [
        {"id": letter, "file": f"{letter}.jpg", "label": 0, "split": part}
        for part, letters in parts.items() for letter in letters]}


TUNED = {"weights": "none", "unfreeze_stages": 1}


def test_what_a_backbone_has_learned_from_is_found_along_the_chain(workspace):
    first = made(workspace, snapshot=snapshot(train="ab", validation="c", test="d"), **TUNED)
    frozen = made(workspace, snapshot=snapshot(train="e", test="f"), weights="run",
                  weights_run=first.id)
    further = made(workspace, snapshot=snapshot(train="g", test="h"), weights="run",
                   weights_run=frozen.id, unfreeze_stages=1)
    again = made(workspace, snapshot=snapshot(train="g", test="h"), continues=further.id,
                 weights="none")

    def learned(run):
        return lineage.learned_from(workspace, RunConfig(weights="run", weights_run=run.id))

    assert learned(first) == {"a.jpg", "b.jpg", "c.jpg"}
    assert learned(frozen) == learned(first), "its own backbone learned nothing"
    assert learned(further) == learned(again) == {"a.jpg", "b.jpg", "c.jpg", "g.jpg"}
    assert lineage.learned_from(workspace, RunConfig(weights="none", weights_run=first.id)) == set()
    runs.delete(first)
    assert learned(further) == {"g.jpg"}, "a deleted run's pictures are not known any more"
    assert learned(first) == set()
    files.write_bytes(further.path / "dataset.json", b"{")
    assert learned(again) == set()


def test_a_chain_that_goes_in_a_circle_ends(workspace):
    one = made(workspace, snapshot=snapshot(train="a"), **TUNED)
    files.write_json(one.path / "config.json", {
        **one.config().as_dict(), "weights": "run", "weights_run": one.id})
    assert lineage.learned_from(
        workspace, RunConfig(weights="run", weights_run=one.id)) == {"a.jpg"}


def test_seen_pictures_are_counted_and_kept_out():
    given = snapshot(train="ax", validation="bcy", test="defz")
    seen = lineage.seen(given, {"a.jpg", "b.jpg", "d.jpg", "e.jpg"})
    assert (seen.validation, seen.test, bool(seen)) == (1, 2, True)
    assert "1 of 3 validation" in seen.problem().reason
    assert "2 of 4 test" in seen.problem().reason
    kept = lineage.keep_out(given, {"a.jpg", "b.jpg", "d.jpg", "e.jpg"})
    parts = {image["id"]: image["split"] for image in kept["images"]}
    assert parts == {"a": "train", "x": "train", "b": "train", "c": "validation",
                     "y": "validation", "d": "train", "e": "train", "f": "test", "z": "test"}
    assert kept["counts"] == {"train": 5, "validation": 2, "test": 2}
    assert given == snapshot(train="ax", validation="bcy", test="defz"), "a new one is made"
    assert not lineage.seen(kept, {"a.jpg", "b.jpg", "d.jpg", "e.jpg"})
    assert not lineage.seen(given, set())
