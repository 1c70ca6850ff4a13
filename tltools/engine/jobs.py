"""Short tasks for the train worker, done between runs: the learning-rate finder.

Owns `<home>/engine/jobs/<id>.json` (what is asked) and `<id>.done.json` (its outcome).
As with runs, the order of work is on disk and never in the scheduler's memory: the
engine hands the train worker one thing at a time, so that a killed worker fails only
what it was doing. A short task is taken before a queued run and must end by itself
within about a minute. Leaves progress and cancelling to `tasks`.
"""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tltools import files
from tltools.engine import tasks
from tltools.errors import Problem, RecordError
from tltools.settings import Home

KEPT_SECONDS = 3600.0


@dataclass(frozen=True)
class Job:
    """A task that waits. function: "tltools.module:function" with JSON-able arguments.
    """

    id: str
    function: str
    kwargs: dict[str, Any]


def _folder(home: Home) -> Path:
    return home.engine / "jobs"


def put(home: Home, function: str, kwargs: dict[str, Any]) -> str:
    """Ask for a task; returns its id."""
    job_id = files.new_id()
    files.write_json(_folder(home) / f"{job_id}.json", {"function": function, "kwargs": kwargs})
    return job_id


def take(home: Home) -> Job | None:
    """The oldest task that waits, or None. Those that were cancelled while they waited
    end here; a damaged one is passed over, and outcomes that nobody has asked for in an
    hour are removed."""
    if not _folder(home).is_dir():
        return None
    for path in sorted(_folder(home).iterdir()):
        if path.name.endswith(".done.json"):
            with contextlib.suppress(FileNotFoundError):
                if files.now() - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()
            continue
        if path.suffix != ".json" or path.name.startswith("."):
            continue
        try:
            record = files.read_json(path)
            job = Job(path.stem, record["function"], record["kwargs"])
        except (OSError, RecordError, KeyError, TypeError):
            path.unlink(missing_ok=True)
            continue
        if tasks.cancel_asked(home, job.id) is not None:
            finish(home, job.id, {"problem": Problem("Cancelled", "It was cancelled.").as_dict()})
            (tasks.folder(home) / f"{job.id}.cancel").unlink(missing_ok=True)
            continue
        return job
    return None


def finish(home: Home, job_id: str, outcome: dict[str, Any]) -> None:
    """Keep the outcome, {"result": ...} or {"problem": {...}}, for whoever asked."""
    kept = {name: outcome[name] for name in ("result", "problem") if name in outcome}
    files.write_json(_folder(home) / f"{job_id}.done.json", kept)
    (_folder(home) / f"{job_id}.json").unlink(missing_ok=True)


def state(home: Home, job_id: str) -> tuple[bool, dict[str, Any]] | None:
    """(whether it has ended, its outcome); None if there is no such task."""
    with contextlib.suppress(OSError, RecordError):
        return True, files.read_json(_folder(home) / f"{job_id}.done.json")
    return (False, {}) if (_folder(home) / f"{job_id}.json").exists() else None


def clear(home: Home) -> None:
    """Remove all tasks; an engine that starts has promised nothing."""
    shutil.rmtree(_folder(home), ignore_errors=True)
