"""The demonstration of the Home page: the same network twice on the same few pictures,
frozen and from scratch.

Owns what is drawn, the two runs' settings and the record of the last demonstration.
Leaves training to the engine, which finds both runs in its queue, and what is shown to
`ui`. Textures were chosen by trying: shapes and textures of several difficulties were
drawn, and with few of them a class textures showed plainest what pretraining is worth
(`python -m tltools.benchmark demonstration` measures it over several seeds).
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tltools import files, runs
from tltools.config import ALL_STAGES, RunConfig
from tltools.datasets import store
from tltools.datasets.drawn import synthesize
from tltools.errors import RecordError, TltoolsError
from tltools.settings import Home, Workspace

FORMAT = 1
SOURCE = "demonstration"
PREFIX = "Demonstration"
BACKBONE, INPUT_SIZE = "TLNet", 96
FAMILY, CLASSES, PER_CLASS, DIFFICULTY = "textures", 4, 60, 0.5
VALIDATION, TEST = 0.2, 0.5
"""Half of the pictures are kept for the test: few to learn from, and a score that many
pictures stand behind."""
SECONDS = 15
"""Time limit of each run. The frozen one has done all its epochs long before; the other
may use all of it."""
MOST_SECONDS, ENOUGH_EPOCHS = 120, 20
"""On a slow machine the time limit grows until so many epochs fit into it."""
KNOWN, GAP = 0.8, 0.15
"""Training pictures are learned from this accuracy on; the others are nearly as well
known where the test accuracy is at most so much lower."""


class Outcome(StrEnum):
    """What the curves of a run show. TOO_SHORT: it has not even learned its training
    pictures. BY_HEART: those, and not the others. WELL: the others nearly as well."""

    TOO_SHORT = "too short"
    BY_HEART = "by heart"
    WELL = "well"


@dataclass(frozen=True)
class Demonstration:
    """The two runs of a demonstration. seed: of the drawing, the split and both
    networks' new parts. seconds: time limit of each run."""

    seed: int
    dataset: str
    frozen: str
    scratch: str
    seconds: int = SECONDS


def configs(seed: int, seconds: int = SECONDS) -> dict[str, RunConfig]:
    """The settings of the two runs: equal but for where the weights come from and what
    is frozen. seconds: time limit of each."""
    common: dict[str, Any] = {
        "backbone": BACKBONE, "input_size": INPUT_SIZE, "seed": seed, "time_limit": seconds,
        "batch_size": 16
    }
    return {"frozen": RunConfig(weights="bundled", unfreeze_stages=0, epochs=40,
                                name=f"{PREFIX} {seed}: frozen", **common),
            "scratch": RunConfig(weights="none", unfreeze_stages=ALL_STAGES, epochs=400,
                                 name=f"{PREFIX} {seed}: from scratch", **common)}


def prepare(*, home: str, workspace: str, seed: int, seconds: int = SECONDS,
            progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Draw the pictures and queue both runs; a task for a worker. Returns the record of
    the demonstration."""
    place = Home(Path(home)).workspace(workspace)
    drawn = store.create(place, f"{PREFIX} {seed}: {FAMILY}", SOURCE)
    synthesize.synthesize(home=home, workspace=workspace, dataset=drawn.id, family=FAMILY,
                          classes=CLASSES, per_class=PER_CLASS, seed=seed, difficulty=DIFFICULTY,
                          progress=progress)
    dataset = store.set_split(place, drawn.id, VALIDATION, TEST, seed)
    ids = {
        name: runs.create(place, config, dataset.snapshot()).id
        for name, config in configs(seed, seconds).items()
    }
    record = {"format": FORMAT, "seed": seed, "dataset": dataset.id, "seconds": seconds, **ids}
    files.write_json(_path(place), record)
    return record


def last(workspace: Workspace) -> Demonstration | None:
    """The last demonstration whose two runs are still there, or None."""
    try:
        record = files.read_json(_path(workspace))
        files.check_format(record, FORMAT, "The record of the demonstration")
        found = Demonstration(int(record["seed"]), str(record["dataset"]), str(record["frozen"]),
                              str(record["scratch"]), int(record.get("seconds", SECONDS)))
        for run_id in (found.frozen, found.scratch):
            runs.read(workspace, run_id)
    except (OSError, RecordError, TltoolsError, KeyError, TypeError, ValueError):
        return None
    return found


def outcome(results: dict[str, Any]) -> Outcome:
    """What the curves of a run show, from its `results.json`."""
    learned = results["history"]["accuracy"][-1]
    if learned < KNOWN:
        return Outcome.TOO_SHORT
    return Outcome.BY_HEART if learned - results["test_accuracy"] > GAP else Outcome.WELL


def longer(results: dict[str, Any]) -> int:
    """The time limit, in whole tens of seconds, with which a run that was too short on
    this machine would do enough epochs."""
    an_epoch = results["seconds"]["head"] / max(1, len(results["history"]["accuracy"]))
    return min(MOST_SECONDS, max(SECONDS, 10 * math.ceil(ENOUGH_EPOCHS * an_epoch / 10)))


def is_one(run: runs.Run) -> bool:
    """Whether a run was made by a demonstration (a renamed one still is)."""
    try:
        return run.config().name.startswith(f"{PREFIX} ")
    except TltoolsError:
        return False


def _path(workspace: Workspace) -> Path:
    return workspace.path / "demonstration.json"
