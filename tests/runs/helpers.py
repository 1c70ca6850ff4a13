"""Runs as records alone, for tests that train nothing."""

from tests.helpers import queued
from tltools import files, runs
from tltools.config import RunConfig
from tltools.runs.events import EpochEvent, RunState, RunStatus
from tltools.settings import Home

SNAPSHOT = {"format": 1, "id": "d1", "name": "cats & dogs", "classes": ["cat", "dog"], "images": []}


def made(workspace, score=0.5, snapshot=SNAPSHOT, **settings) -> runs.Run:
    """A completed run with a model file and results; settings: of its `RunConfig`."""
    run = runs.create(workspace, RunConfig(**settings), snapshot)
    runs.append_event(run, EpochEvent("head", 0, 1.0, 0.5, 0.9, 0.75, 1e-3, 1.0))
    files.write_json(run.path / "labels.json", snapshot["classes"])
    runs.write_status(run, RunStatus(state=RunState.COMPLETED, epoch=1, started=100.0, ended=160.0))
    run.model_path.write_bytes(b"model")
    files.write_json(run.path / "results.json", {
        "val_accuracy": 0.9, "test_accuracy": score,
        "split": {"train": 10, "validation": 4, "test": 6}
    })
    return runs.read(workspace, run.id)


def add(home: Home, dataset, person: str, created: float) -> runs.Run:
    """A queued run in a person's workspace, made at this moment."""
    run = queued(home, dataset)
    place = home.workspace(person).runs
    place.mkdir(parents=True, exist_ok=True)
    run.path.rename(place / run.path.name)
    run = runs.read_folder(place / run.path.name)
    record = (run.path / "run.json")
    record.write_text(
        record.read_text().replace(f'"created":{run.created}', f'"created":{created}'))
    return runs.read_folder(run.path)
