"""The engine's interface without processes: tasks run in the caller. For tests of pages
and of the command line."""

from typing import Any

from tltools import files
from tltools.engine import tasks
from tltools.engine.client import EngineStatus, TaskView
from tltools.errors import EngineError, Problem
from tltools.runs.queue import Line
from tltools.settings import Home


class InPlaceEngine:
    """Runs a task when it is submitted, and queued runs when `run_queue` is called."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._outcomes: dict[str, dict[str, Any]] = {}
        self.running = True
        self.trouble: Problem | None = None

    def start(self, again: bool = False) -> None:
        """Pretend to start."""
        self.running = True

    def wait(self, timeout: float = 0) -> None:
        """Raises `EngineError` if a test has said that it is not there."""
        if not self.running:
            raise EngineError("The computing engine does not start.", "Start it again.")

    def stop(self, timeout: float = 0) -> bool:
        """Stop, as far as the caller can see; whether it ran."""
        ran, self.running = self.running, False
        return ran

    def status(self) -> EngineStatus:
        """Running, unless a test has said otherwise; the queue is read from the run
        folders."""
        waiting = Line().look(self.home, [])
        return EngineStatus(running=self.running, starting=False,
                            line=tuple(run.id for run in waiting), trouble=self.trouble)

    def submit(self, kind: str, function: str, **kwargs: Any) -> str:
        """Run the task now; its outcome waits under the id."""
        if not self.running:
            raise EngineError("The computing engine is not running.", "Start it again.")
        task_id = files.new_id()
        self._outcomes[task_id] = tasks.run(function, kwargs, str(self.home.path), task_id)
        return task_id

    def task(self, task_id: str) -> TaskView:
        """The outcome of a task."""
        outcome = self._outcomes.get(task_id)
        if outcome is None:
            return TaskView(
                "failed", problem=Problem("Lost", "This task is not known any more.",
                                          "Start it again."))
        if "problem" in outcome:
            return TaskView("failed", problem=Problem(**outcome["problem"]))
        return TaskView("done", result=outcome["result"])

    def call(self, kind: str, function: str, timeout: float = 60, **kwargs: Any) -> Any:
        """Run the task and return its result, or raise its error."""
        outcome = self._outcomes[self.submit(kind, function, **kwargs)]
        if "problem" in outcome:
            raise tasks.error_of(outcome)
        return outcome["result"]

    def prepare(self) -> None:
        """It is always ready."""

    def cancel(self, task_id: str) -> None:
        """Nothing is left to cancel."""

    def forget(self, task_id: str) -> None:
        """Drop an outcome that has been read."""
        self._outcomes.pop(task_id, None)

    def run_queue(self) -> int:
        """Train every queued run; returns how many there were."""
        from tltools.training.run import train_run

        order, count = Line(), 0
        while waiting := order.look(self.home, []):
            order.started(waiting[0])
            train_run(run_dir=str(waiting[0].path), home=str(self.home.path))
            count += 1
        return count
