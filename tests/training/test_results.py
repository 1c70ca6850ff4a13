"""The record of what a run has reached: every field that pages and scripts read."""

import dataclasses
import json

from tests.helpers import drawn
from tltools.config import RunConfig
from tltools.datasets import edits
from tltools.runs.events import History, Phase
from tltools.training import results
from tltools.training.material import Material
from tltools.training.setup import Built


def made(home, best: int | None, accuracy: float | None = 0.75, numbers=(0, 1, 2),
         **split) -> dict:
    config = RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32)
    history = History()
    history.add([{"event": "epoch", "phase": "head", "epoch": number, "loss": 1.0,
                  "accuracy": 0.5, "val_loss": 0.9, "val_accuracy": number / 10}
                 for number in numbers])
    dataset = drawn(home, per_class=10)
    few = [image.id for image in dataset.members("c1")[4:]]
    dataset = edits.delete_images(home.workspace(), dataset.id, few)
    dataset = dataclasses.replace(dataset, **{"validation": 0.25, "test": 0.5, **split})
    shown = Material(home, config, dataset.snapshot())
    return results.record(config, shown, Built(None, "none-42", "none"), history, best,
                          {Phase.HEAD: 2.0, Phase.PREPARE: 1.23456}, ["x.txt"],
                          accuracy and results.Tested(accuracy, ["stripes"]))


def test_it_holds_scores_of_the_kept_epoch_counts_and_times(home):
    record = made(home, 1)
    assert (record["best_epoch"], record["val_accuracy"], record["test_accuracy"]) == (1, 0.1,
                                                                                       0.75)
    assert sum(record["split"].values()) == record["images"]["used"] == 14
    assert record["images"]["skipped"] == ["x.txt"]
    assert record["seconds"] == {"prepare": 1.235, "extract": 0.0, "head": 2.0, "fine_tune": 0.0,
                                 "evaluate": 0.0, "total": 3.235}
    assert 0 < record["params"]["trainable"] < record["params"]["total"]
    assert record["history"]["val_accuracy"] == [0.0, 0.1, 0.2]
    assert json.loads(json.dumps(record)) == record


def test_without_a_best_epoch_there_is_no_score(home):
    assert made(home, None)["val_accuracy"] is None
    assert made(home, 7, None)["val_accuracy"] is None
    assert made(home, 7, None)["never_predicted"] == []


def test_the_kept_epoch_is_found_by_its_number_where_a_record_is_missing(home):
    """As a kill between checkpoint and event left it in runs of before: [0, 1, 3, 4].
    """
    lacking = made(home, 3, numbers=(0, 1, 3, 4))
    assert lacking["val_accuracy"] == 0.3
    assert lacking["epochs"] == [0, 1, 3, 4], "what stands where in the history's columns"
    assert made(home, 2, numbers=(0, 1, 3, 4))["val_accuracy"] is None, "its record is lost"
    assert made(home, 4, numbers=(0, 1, 3, 4))["val_accuracy"] == 0.4


def test_beside_the_accuracy_stands_what_the_largest_class_alone_would_reach(home):
    """Of the test pictures; where there are none, of those that validate."""
    record = made(home, 1)
    assert record["split"] == {"train": 4, "validation": 3, "test": 7}
    assert record["majority_baseline"] == 5 / 7
    record = made(home, 1, None, test=0.0)
    assert record["split"] == {"train": 11, "validation": 3, "test": 0}
    assert record["majority_baseline"] == 2 / 3
    assert made(home, 1, None, test=0.0, validation=0.0)["majority_baseline"] is None


def test_a_class_with_test_pictures_that_no_answer_names_was_never_predicted(home):
    """One without test pictures is no fault of the network."""
    tested = results.Tested.of([0, 0, 0, 1, 3], [0, 0, 3, 0, 3], ["cats", "dogs", "fish", "birds"])
    assert (tested.accuracy, tested.never_predicted) == (0.6, ["dogs"])
    assert made(home, 1)["never_predicted"] == ["stripes"]
