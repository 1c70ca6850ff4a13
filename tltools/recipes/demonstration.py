"""The demonstration of the Home page: the same network twice on the same few pictures,
frozen and from scratch.

Owns what is drawn, the two runs' settings and the record of the last demonstration.
Leaves training to the engine, which finds both runs in its queue, and what is shown to
`ui`. Textures were chosen by trying: shapes and textures of several difficulties were
drawn, and with few of them a class textures showed plainest what pretraining is worth
(`python -m tltools.benchmark demonstration` measures it over several seeds).
"""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Demonstration:
    """The two runs of a demonstration. seed: of the drawing, the split and both
    networks' new parts."""

    seed: int
    dataset: str
    frozen: str
    scratch: str


def configs(seed: int) -> dict[str, RunConfig]:
    """The settings of the two runs: equal but for where the weights come from and what
    is frozen."""
    common: dict[str, Any] = {
        "backbone": BACKBONE, "input_size": INPUT_SIZE, "seed": seed, "time_limit": SECONDS,
        "batch_size": 16
    }
    return {"frozen": RunConfig(weights="bundled", unfreeze_stages=0, epochs=40,
                                name=f"{PREFIX} {seed}: frozen", **common),
            "scratch": RunConfig(weights="none", unfreeze_stages=ALL_STAGES, epochs=400,
                                 name=f"{PREFIX} {seed}: from scratch", **common)}


def prepare(*, home: str, workspace: str, seed: int,
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
        for name, config in configs(seed).items()
    }
    record = {"format": FORMAT, "seed": seed, "dataset": dataset.id, **ids}
    files.write_json(_path(place), record)
    return record


def last(workspace: Workspace) -> Demonstration | None:
    """The last demonstration whose two runs are still there, or None."""
    try:
        record = files.read_json(_path(workspace))
        files.check_format(record, FORMAT, "The record of the demonstration")
        found = Demonstration(int(record["seed"]), str(record["dataset"]), str(record["frozen"]),
                              str(record["scratch"]))
        for run_id in (found.frozen, found.scratch):
            runs.read(workspace, run_id)
    except (OSError, RecordError, TltoolsError, KeyError, TypeError, ValueError):
        return None
    return found


def is_one(run: runs.Run) -> bool:
    """Whether a run was made by a demonstration (a renamed one still is)."""
    try:
        return run.config().name.startswith(f"{PREFIX} ")
    except TltoolsError:
        return False


def _path(workspace: Workspace) -> Path:
    return workspace.path / "demonstration.json"
