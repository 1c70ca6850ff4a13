"""Small real work that several cases measure: drawn pictures and runs in a home."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tltools import runs
from tltools.config import RunConfig
from tltools.datasets import records, store
from tltools.datasets.drawn import synthesize
from tltools.runs import Run
from tltools.settings import Home


@contextmanager
def temporary_home() -> Iterator[Home]:
    """A home folder that goes with the block."""
    with TemporaryDirectory() as folder:
        yield Home(Path(folder))


def drawn(home: Home, classes: int, per_class: int) -> records.Dataset:
    """A drawn data set of textures."""
    result = synthesize.synthesize(home=str(home.path), workspace="local", family="textures",
                                   classes=classes, per_class=per_class, seed=1, difficulty=0.5)
    return store.read(home.workspace(), result["dataset"])


def queued(home: Home, dataset: records.Dataset, **settings: Any) -> Run:
    """A queued run with these settings, else the defaults."""
    return runs.create(home.workspace(), RunConfig(**settings), dataset.snapshot())


def trained(home: Home, run: Run) -> dict[str, Any]:
    """Train the run in this process; returns its results."""
    from tltools.training.run import train_run

    train_run(run_dir=str(run.path), home=str(home.path))
    found = runs.read(home.workspace(), run.id).results()
    if found is None:
        raise RuntimeError(f"the run has no results: {runs.read(home.workspace(), run.id).status}")
    return found


def reached(home: Home, run: Run, epoch: int, most_seconds: float = 120) -> None:
    """Wait until the run has finished so many epochs; raises RuntimeError if it ends
    first or takes too long."""
    deadline = time.monotonic() + most_seconds
    while (now := runs.read(home.workspace(), run.id)).status.epoch < epoch:
        if now.state.ended or time.monotonic() > deadline:
            raise RuntimeError(f"the run does not train: {now.state} {now.status.problem}")
        time.sleep(0.02)
