"""States are named once, and the curves are put together rightly from what training
announced."""

import json

import pytest

from tltools import charts, files
from tltools.runs.events import (
    PHASE_LABELS,
    STATE_SENTENCES,
    History,
    Phase,
    RunState,
    score,
)


def epoch(number, phase="head", loss=1.0, val_loss=None):
    return {
        "event": "epoch", "phase": phase, "epoch": number, "loss": loss, "accuracy": 0.5,
        "val_loss": val_loss, "val_accuracy": None
    }


def test_every_state_and_phase_has_words():
    assert set(STATE_SENTENCES) == set(RunState)
    assert set(PHASE_LABELS) == set(Phase)


def test_fine_tune_start_and_best():
    history = History()
    history.add([epoch(0, val_loss=0.9), epoch(1, val_loss=0.5), {"event": "unknown"}])
    assert history.fine_tune_start is None
    history.add([epoch(2, "fine_tune", val_loss=0.4), epoch(3, "fine_tune", val_loss=0.6)])
    assert history.fine_tune_start == 2
    assert history.best("loss") == 2
    assert history.columns()["val_loss"] == [0.9, 0.5, 0.4, 0.6]


def test_best_without_validation_is_by_training_loss():
    history = History()
    assert history.best("loss") is None
    history.add([epoch(0, loss=2.0), epoch(1, loss=None), epoch(2, loss=1.0)])
    assert history.best("loss") == 2


def test_resume_voids_what_came_after_the_checkpoint():
    history = History()
    history.add([epoch(0), epoch(1), {"event": "batch", "epoch": 2, "batch": 1},
                 epoch(2, "fine_tune")])
    history.add([{"event": "resume", "epoch": 2, "time": 0.0}])
    assert [item["epoch"] for item in history.epochs] == [0, 1]
    assert history.batches == []
    assert history.fine_tune_start is None
    history.add([epoch(2, "fine_tune", loss=0.1)])
    assert history.fine_tune_start == 2
    assert history.epochs[2]["loss"] == 0.1


def test_an_epoch_is_found_by_its_number():
    history = History()
    history.add([epoch(number, val_loss=number / 10) for number in (0, 1, 3, 4)])
    assert history.numbered(3) == epoch(3, val_loss=0.3)
    assert history.numbered(2) is None
    assert history.numbered(None) is None


def test_one_rule_says_what_is_kept():
    assert score(0.7, 0.4, 0.9, "loss") == (0.4, 0.0)
    assert score(0.7, 0.4, 0.9, "accuracy") == (-0.9, 0.4)
    assert score(0.7, None, None, "accuracy") == score(0.7, None, None, "loss") == (0.7, 0.0)
    never = (float("inf"), float("inf"))
    assert score(0.7, float("nan"), 0.9, "loss") == never
    assert score(0.7, None, 0.9, "loss") == never, "no number, as records have it"
    assert score(0.7, float("nan"), 0.9, "accuracy") == (-0.9, float("inf"))


def test_a_record_without_a_loss_is_not_kept_as_if_nothing_had_been_measured():
    """A validation loss that was no number is null in a record; training measured it.
    """
    history = History()
    history.add([{**epoch(0, loss=0.1), "val_accuracy": 0.5}, epoch(1, loss=0.9, val_loss=0.8)])
    assert history.best("loss") == 1


@pytest.mark.parametrize("line", [
    "3", "null", "[1]", '"epoch"', "{}", '{"event": ["epoch"]}', '{"event": "epoch"}',
    '{"event": "epoch", "epoch": "1", "loss": 1.0}', '{"event": "epoch", "epoch": true}',
    '{"event": "epoch", "epoch": 9, "loss": "low", "accuracy": 0.5}',
    '{"event": "epoch", "epoch": 9, "loss": 1.0, "accuracy": [1]}',
    '{"event": "batch", "epoch": 9, "batch": 1, "batches": 0, "loss": 1.0, "accuracy": 0.5}',
    '{"event": "batch", "epoch": 9, "batch": "x"}', '{"event": "resume", "epoch": null}',
    '{"event": "phase", "phase": "head", "epoch": 0, "time": "now"}', "[" * 100_000,
])
def test_a_line_that_is_no_record_is_passed_over(tmp_path, line):
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([json.dumps(epoch(0)), line, json.dumps(epoch(1)), ""]))
    history = History()
    history.add(files.read_json_lines(path)[0])
    assert [item["epoch"] for item in history.epochs] == [0, 1]
    assert (history.batches, history.begun) == ([], None)
    assert history.best("loss") == 0
    assert charts.history(history, "loss")
    assert charts.race((history, 0.0), (history, 0.0), 2)
