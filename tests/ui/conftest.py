"""Fixtures of the pages' tests: the engine works in the caller, and a finished run."""

import pytest

from tests.helpers import drawn, queued
from tests.ui.helpers import HOSTILE
from tltools import files, runs
from tltools.runs.events import EpochEvent, RunState, RunStatus


@pytest.fixture(autouse=True)
def in_place(monkeypatch):
    monkeypatch.setenv("TLTOOLS_ENGINE", "inplace")


@pytest.fixture
def finished(home):
    """A completed run with a model file that nothing here opens."""
    run = queued(home, drawn(home), name=HOSTILE)
    runs.append_event(run, EpochEvent("head", 0, 1.0, 0.5, 0.9, 0.75, 1e-3, 1.0))
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1))
    (run.path / "model.keras").write_bytes(b"model")
    files.write_json(run.path / "labels.json", ["stripes", "checks"])
    files.write_json(run.path / "results.json", {
        "format": 1, "backbone": "MobileNet-0.25", "classes": ["stripes", "checks"],
        "best_epoch": 0, "split": {"train": 28, "validation": 6, "test": 6},
        "params": {"total": 10, "trainable": 5}, "val_accuracy": 0.75, "test_accuracy": 0.5,
        "seconds": {"prepare": 1, "extract": 1, "head": 1, "fine_tune": 0, "evaluate": 0,
                    "total": 3}
    })
    return runs.read(home.workspace(), run.id)
