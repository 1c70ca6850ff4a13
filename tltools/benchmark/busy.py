"""A machine far too busy: imports and trainings beside six processes that burn all
cores.

Counted is what a person would be told wrongly: a task or a run called failed, killed or
interrupted while it still works, a click answered with an error.
"""

import subprocess
import sys
import time
from typing import Any

from tltools import runs
from tltools.benchmark.report import Report
from tltools.benchmark.work import queued, temporary_home
from tltools.datasets import store
from tltools.engine.client import Engine
from tltools.errors import TltoolsError
from tltools.runs.events import RunState

ROUNDS, BURNERS, PER_CLASS = 4, 6, 150
QUICK_ROUNDS, QUICK_BURNERS, QUICK_PER_CLASS = 1, 2, 10
MOST_SECONDS = 600.0
DRAW = "tltools.datasets.drawn.synthesize:synthesize"


def measure(quick: bool) -> Report:
    """Rounds of an import (four classes) and a training of what came in."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
               for _ in range(QUICK_BURNERS if quick else BURNERS)]
    wrong: list[str] = []
    latest, done = 0.0, 0
    try:
        with temporary_home() as home:
            engine = Engine(home)
            try:
                engine.wait(300)
                for number in range(rounds):
                    faults, late = _round(engine, number,
                                          QUICK_PER_CLASS if quick else PER_CLASS)
                    wrong += faults
                    latest, done = max(latest, late), done + (not faults)
            finally:
                engine.stop(120)
    finally:
        for process in burners:
            process.kill()
            process.wait()
    report = Report({"rounds": rounds, "burning_processes": len(burners), "whole_rounds": done,
                     "latest_beat_seconds": latest, "wrong_answers": wrong},
                    [f"{rounds} imports and trainings beside {len(burners)} burning processes: "
                     f"{done} whole, {len(wrong)} wrong answers, the latest beat {latest:.1f} s "
                     "old", *wrong])
    report.expect(not wrong, "nothing that works shall be called dead, no click answered wrongly")
    return report


def _round(engine: Engine, number: int, per_class: int) -> tuple[list[str], float]:
    """Wrong answers of one round, and the age of the latest beat that was seen."""
    home, wrong, latest = engine.home, [], 0.0
    deadline = time.monotonic() + MOST_SECONDS

    def look() -> None:
        nonlocal latest
        status = engine.status()
        if not status.running:
            wrong.append(f"round {number}: the engine was called dead")
        latest = max(latest, time.time() - status.heartbeat if status.heartbeat else 0.0)
        time.sleep(0.2)

    try:
        task = engine.submit("data", DRAW, home=str(home.path), workspace="local",
                             family="textures", classes=4, per_class=per_class, seed=number)
        while (view := engine.task(task)).state in ("waiting", "running"):
            look()
            if time.monotonic() > deadline:
                return [*wrong, f"round {number}: the import took too long"], latest
        if view.problem:
            return [*wrong, f"round {number}: import: {view.problem}"], latest
        made = queued(home, store.read(home.workspace(), view.result["dataset"]),
                      backbone="TLNet", weights="bundled", epochs=20)
        while not (run := runs.read(home.workspace(), made.id)).state.ended:
            look()
            if time.monotonic() > deadline:
                return [*wrong, f"round {number}: the run took too long"], latest
        if run.state is not RunState.COMPLETED:
            wrong.append(f"round {number}: run: {run.state} {run.status.problem}")
        wrong += _asked(engine, made, number)
    except TltoolsError as error:
        wrong.append(f"round {number}: {error}")
    return wrong, latest


def _asked(engine: Engine, run: runs.Run, number: int) -> list[str]:
    """A click on Classify."""
    dataset = run.dataset()
    picture: dict[str, Any] = {"path": f"{dataset['images_dir']}/{dataset['images'][0]['file']}",
                               "name": "a.jpg"}
    answer = engine.call("serve", "tltools.inference.classifier:classify", timeout=300,
                         run_dir=str(run.path), pictures=[picture])
    return [] if "probabilities" in answer["images"][0] else [f"round {number}: {answer}"]
