"""Kills at random moments: what is there afterwards is legal, and everything goes on.

The method is SQLite's: kill at random points and assert one of a known set of legal
states (https://www.sqlite.org/testing.html, "Crash testing"). Killed with SIGKILL are
the training process, the engine, both, and the process that writes a data set, in the
head phase, in fine-tuning and while a model is saved.
"""

import os
import random
import signal
import time
from collections import Counter
from typing import Any

import psutil

from tltools import runs
from tltools.benchmark.report import Report
from tltools.benchmark.work import drawn, queued, temporary_home
from tltools.datasets import records, store
from tltools.engine.client import Engine
from tltools.errors import TltoolsError
from tltools.runs.events import RunState
from tltools.settings import Home

KILLS, QUICK_KILLS = 100, 4
LEFT_SECONDS = 60.0
CAUSE_SECONDS = 10.0
MOST_SECONDS = 300.0
SETTINGS: dict[str, Any] = {"backbone": "TLNet", "weights": "bundled", "input_size": 48,
                            "batch_size": 8}
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("head", {"epochs": 60}),
    ("fine-tuning", {"epochs": 2, "fine_tune_epochs": 30, "unfreeze_stages": 1}),
    ("saving", {"epochs": 1}),
)
DRAW = "tltools.datasets.drawn.synthesize:synthesize"


def measure(quick: bool) -> Report:
    """Each kill has a run, its victim and its moment of its own, by a seed."""
    generator = random.Random(7)
    count = QUICK_KILLS if quick else KILLS
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    with temporary_home() as home:
        dataset = drawn(home, 2, 20)
        finished = _finished(home, dataset)
        for number in range(count):
            engine = Engine(home)  # another process would make its own
            engine.wait(120)
            kind, settings = KINDS[number % len(KINDS)]
            victim = ("worker", "engine", "both", "data")[number // len(KINDS) % 4]
            seen[f"{victim} in {kind}"] += 1
            wrong += [f"kill {number} ({victim} in {kind}): {words}" for words in
                      _kill(home, engine, dataset, settings, victim, generator)]
            wrong += [f"kill {number}: {words}" for words in _illegal(home, finished)]
        Engine(home).stop(60)
    report = Report({"kills": count, "by_kind": dict(seen), "wrong": wrong},
                    [f"{count} kills: {len(wrong)} things wrong",
                     *(f"  {number} x {name}" for name, number in sorted(seen.items())), *wrong])
    report.expect(not wrong, "every finished run there, every record legal, every run goes on")
    return report


def _finished(home: Home, dataset: records.Dataset) -> runs.Run:
    engine = Engine(home)
    engine.wait(120)
    run = queued(home, dataset, **SETTINGS, epochs=2)
    _until(lambda: runs.read(home.workspace(), run.id).state.ended)
    return runs.read(home.workspace(), run.id)


def _until(condition: Any, most: float = MOST_SECONDS) -> bool:
    deadline = time.monotonic() + most
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _kill(home: Home, engine: Engine, dataset: records.Dataset, settings: dict[str, Any],
          victim: str, generator: random.Random) -> list[str]:
    """What went wrong with one run that was killed, and with what was left behind."""
    made = queued(home, dataset, **{**SETTINGS, **settings, "seed": generator.randrange(1000)})
    if not _until(lambda: _state(home, made) is not RunState.QUEUED):
        return ["the run did not begin"]
    if victim == "data":
        engine.submit("data", DRAW, home=str(home.path), workspace="local", family="noise",
                      classes=3, per_class=40, seed=generator.randrange(1000))
    time.sleep(generator.uniform(0.0, 4.0))
    status = engine.status()
    family = psutil.Process(status.pid).children(recursive=True)
    targets = {"worker": [status.workers.get("train")], "engine": [status.pid],
               "both": [status.workers.get("train"), status.pid],
               "data": [status.workers.get("data"), status.workers.get("train")]}[victim]
    for pid in targets:
        if pid is not None:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    wrong = []
    if victim in ("engine", "both"):
        _, alive = psutil.wait_procs(family, timeout=LEFT_SECONDS)
        if alive:
            wrong.append(f"{len(alive)} processes are left after {LEFT_SECONDS:g} s")
        engine = Engine(home)
        engine.wait(120)
    if not _until(lambda: _state(home, made).ended, 60):
        wrong.append("the killed run is still called running")
    run = runs.read(home.workspace(), made.id)
    if run.state is RunState.INTERRUPTED:
        epochs = run.status.epoch
        if victim == "worker" and not _until(lambda: _cause(home, made), CAUSE_SECONDS):
            wrong.append(f"no cause is said within {CAUSE_SECONDS:g} s")
        runs.request_resume(run)
        if not _until(lambda: _state(home, made).ended):
            return [*wrong, "the run does not go on"]
        run = runs.read(home.workspace(), made.id)
        numbers = [item["epoch"] for item in run.history().epochs]
        if numbers != list(range(len(numbers))) or len(numbers) < epochs:
            wrong.append(f"the curve is broken: {numbers} after epoch {epochs}")
    if run.state is not RunState.COMPLETED:
        wrong.append(f"it ended {run.state}: {run.status.problem}")
    return wrong


def _state(home: Home, run: runs.Run) -> RunState:
    return runs.read(home.workspace(), run.id).state


def _cause(home: Home, run: runs.Run) -> bool:
    return runs.read(home.workspace(), run.id).status.problem is not None


def _illegal(home: Home, finished: runs.Run) -> list[str]:
    """What of the home's records is not as it may be."""
    found = []
    first = runs.read(home.workspace(), finished.id)
    if first.state is not RunState.COMPLETED or not first.has_model or not first.results():
        found.append("a finished run is not finished any more")
    for run in runs.list_runs(home.workspace()):
        try:
            run.config(), run.dataset(), run.results()
        except TltoolsError as error:
            found.append(f"{run.id}: {error}")
        if run.damaged:
            found.append(f"{run.id}: {run.damaged}")
    for dataset in store.list_datasets(home.workspace()):
        if dataset.damaged:
            found.append(f"data set {dataset.id}: {dataset.damaged}")
        elif any(not dataset.image_path(image).exists() for image in dataset.images):
            found.append(f"data set {dataset.id} names pictures that are not there")
    return found
