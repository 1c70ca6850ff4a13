"""Whose turn is next: the order of the queued runs of all workspaces.

Owns the rule of fairness and a reader that looks at the queue again and again without
reading what has not changed. Leaves the training itself to the engine. The rule: the
person who has waited longest since their last turn comes first, with their oldest run;
nobody but the machine's owner (workspace `local`) has two runs under way at once.
"""

import contextlib
import statistics
from collections import Counter, deque
from pathlib import Path

from tltools import files, runs
from tltools.errors import TltoolsError
from tltools.runs import Run
from tltools.runs.events import RunState
from tltools.settings import DEFAULT_WORKSPACE, Home

_REMEMBERED = 9


def owner(run: Run) -> str:
    """Name of the workspace that a run lies in."""
    return run.path.parent.parent.name


def order(waiting: list[Run], running: list[Run], served: dict[str, float]) -> list[Run]:
    """The queued runs in the order in which they get their turns, if nothing else
    comes.

    waiting: the oldest first. running: those under way. served: when each workspace had
    its last turn, seconds since the epoch; one that has had none goes before all that
    have.
    """
    left = list(waiting)
    active = {owner(run) for run in running}
    last, latest = dict(served), max([files.now(), *served.values()])
    result: list[Run] = []
    while left:
        # the first of equals: oldest
        chosen = min(left, key=lambda run: (owner(run) in active, last.get(owner(run), 0.0)))
        left.remove(chosen)
        result.append(chosen)
        latest += 1
        last[owner(chosen)] = latest
    return result


def may_start(run: Run, running: list[Run]) -> bool:
    """Whether a run may start beside those that are under way."""
    return owner(run) == DEFAULT_WORKSPACE or Counter(map(owner, running))[owner(run)] == 0


class Line:
    """The queue as one process sees it over time. A run that has ended is read again
    only when its status changes."""

    def __init__(self) -> None:
        self.served: dict[str, float] = {}
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)
        self._ended: dict[Path, int] = {}

    def look(self, home: Home, running: list[Run]) -> list[Run]:
        """The queued runs, the next one first. Reads the folders; one that cannot be
        read never hides the others."""
        waiting = []
        for workspace in home.workspaces():
            with contextlib.suppress(OSError):
                for path in workspace.runs.iterdir():
                    run = self._changed(path)
                    if run is not None and run.state is RunState.QUEUED:
                        waiting.append(run)
        under_way = {run.path for run in running}
        waiting = sorted((run for run in waiting if run.path not in under_way),
                         key=lambda run: (run.created, run.id))
        return order(waiting, running, self.served)

    def started(self, run: Run) -> None:
        """Note that a run's turn begins."""
        self.served[owner(run)] = files.now()

    def ended(self, seconds: float) -> None:
        """Note how long a turn took."""
        self._seconds.append(seconds)

    @property
    def typical_seconds(self) -> float | None:
        """Median length of the last turns; None until there have been three."""
        return statistics.median(self._seconds) if len(self._seconds) >= 3 else None

    def _changed(self, path: Path) -> Run | None:
        if path.name.startswith("."):
            return None
        try:
            changed = (path / "status.json").stat().st_mtime_ns
            if self._ended.get(path) == changed:
                return None
            run = runs.read_folder(path)
        except (OSError, TltoolsError):
            return None
        if run.status.started:
            self.served[owner(run)] = max(self.served.get(owner(run), 0.0), run.status.started)
        if run.state.ended and run.state is not RunState.INTERRUPTED:
            self._ended[path] = changed
        return run
