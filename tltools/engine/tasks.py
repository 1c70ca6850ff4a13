"""The worker's side of a task: import the function it names, hand it a progress, bring
the result back as values.

Owns `<home>/engine/tasks/<id>.json` (progress) and `<id>.cancel`. Leaves everything
else to the function.
"""

import importlib
import inspect
import logging
import time
from pathlib import Path
from typing import Any

from tltools import errors, files
from tltools.errors import Problem, TltoolsError, problem_of
from tltools.settings import Home

_WRITE_EVERY = 0.25
log = logging.getLogger(__name__)


def folder(home: Home) -> Path:
    """Where the progress of tasks lies."""
    return home.engine / "tasks"


def resolve(function: str) -> Any:
    """The function that "tltools.module:function" names; only this project's own are
    called."""
    module, _, name = function.partition(":")
    if not module.startswith("tltools."):
        raise ValueError(f"{module} is not a module of this project")
    return getattr(importlib.import_module(module), name)


def run(function: str, kwargs: dict[str, Any], home: str, task_id: str) -> dict[str, Any]:
    """Run a task: {"result": ...} or {"problem": {...}, "error": exception of ours or
    None}; never raises."""
    place = folder(Home(Path(home)))
    try:
        target = resolve(function)
        if "progress" in inspect.signature(target).parameters:
            kwargs = {**kwargs, "progress": _Progress(place, task_id)}
        return {"result": target(**kwargs)}
    except TltoolsError as error:
        return {"problem": error.problem.as_dict(), "error": error}
    except Exception as error:
        log.exception("task %s failed", function)
        return {"problem": problem_of(error).as_dict(), "error": None}
    finally:
        for suffix in (".json", ".cancel"):
            (place / f"{task_id}{suffix}").unlink(missing_ok=True)


def cancel_asked(home: Home, task_id: str) -> float | None:
    """When somebody asked the task to end, in seconds since the epoch, or None."""
    try:
        return (folder(home) / f"{task_id}.cancel").stat().st_mtime
    except OSError:
        return None


def error_of(outcome: dict[str, Any]) -> TltoolsError:
    """The exception to raise in the caller for an outcome with a problem."""
    known = outcome.get("error")
    if isinstance(known, TltoolsError):
        return known
    problem = Problem(**outcome["problem"])
    return TltoolsError(problem.reason, problem.remedy, problem.title)


def lower_priority() -> None:
    """Let pages and predictions go first; done once in a train worker."""
    import psutil

    process = psutil.Process()
    process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if hasattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS"
                                                               ) else 10)


class _Progress:
    def __init__(self, place: Path, task_id: str) -> None:
        self._path, self._cancel = place / f"{task_id}.json", place / f"{task_id}.cancel"
        self._begun, self._written = time.monotonic(), 0.0
        self._total = -1
        self._first, self._warm = 0, False  # a download that goes on begins in the middle

    def __call__(self, done: int, total: int, what: str) -> None:
        if time.monotonic() - self._written < _WRITE_EVERY:
            return
        self._written = time.monotonic()
        if self._cancel.exists():
            raise errors.Cancelled("It was cancelled.", "What was stored so far stays.")
        if total != self._total:  # another part of the task, at another speed
            self._first, self._begun, self._warm = done, self._written, False
        # the first step prepares things: as a measure it is useless
        elif done > self._first and not self._warm:
            self._first, self._begun, self._warm = done, self._written, True
        self._total = total
        passed, new = self._written - self._begun, done - self._first
        left = passed / new * (
            total - done) if new > 0 and total and passed > 0.5 and self._warm else None
        files.write_json(self._path,
                         {"done": done, "total": total, "what": what, "seconds_left": left})
