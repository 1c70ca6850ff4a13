"""The record of what a run has reached: every field that pages and scripts read."""

import json

from tests.helpers import drawn
from tltools.config import RunConfig
from tltools.runs.events import History, Phase
from tltools.training import results
from tltools.training.material import Material
from tltools.training.setup import Built


def made(home, best: int | None, test: float | None = 0.75, numbers=(0, 1, 2)) -> dict:
    config = RunConfig(backbone="MobileNet-0.25", weights="none", input_size=32)
    history = History()
    history.add([{"event": "epoch", "phase": "head", "epoch": number, "loss": 1.0,
                  "accuracy": 0.5, "val_loss": 0.9, "val_accuracy": number / 10}
                 for number in numbers])
    shown = Material(home, config, drawn(home, per_class=10).snapshot())
    return results.record(config, shown, Built(None, "none-42", "none"), history, best,
                          {Phase.HEAD: 2.0, Phase.PREPARE: 1.23456}, ["x.txt"], test)


def test_it_holds_scores_of_the_kept_epoch_counts_and_times(home):
    record = made(home, 1)
    assert (record["best_epoch"], record["val_accuracy"], record["test_accuracy"]) == (1, 0.1,
                                                                                       0.75)
    assert sum(record["split"].values()) == record["images"]["used"] == 20
    assert record["images"]["skipped"] == ["x.txt"]
    assert record["seconds"] == {"prepare": 1.235, "extract": 0.0, "head": 2.0, "fine_tune": 0.0,
                                 "evaluate": 0.0, "total": 3.235}
    assert 0 < record["params"]["trainable"] < record["params"]["total"]
    assert record["history"]["val_accuracy"] == [0.0, 0.1, 0.2]
    assert json.loads(json.dumps(record)) == record


def test_without_a_best_epoch_there_is_no_score(home):
    assert made(home, None)["val_accuracy"] is None
    assert made(home, 7, None)["val_accuracy"] is None


def test_the_kept_epoch_is_found_by_its_number_where_a_record_is_missing(home):
    """As a kill between checkpoint and event left it in runs of before: [0, 1, 3, 4].
    """
    lacking = made(home, 3, numbers=(0, 1, 3, 4))
    assert lacking["val_accuracy"] == 0.3
    assert lacking["epochs"] == [0, 1, 3, 4], "what stands where in the history's columns"
    assert made(home, 2, numbers=(0, 1, 3, 4))["val_accuracy"] is None, "its record is lost"
    assert made(home, 4, numbers=(0, 1, 3, 4))["val_accuracy"] == 0.4
