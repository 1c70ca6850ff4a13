"""What training announces while it runs: the status with its heartbeat, and the answer
to a request to stop.

Owns the writing of `status.json` during a run. Leaves the events' meaning to `events`
and the loop to `training`.
"""

import contextlib
import dataclasses
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from tltools import files, runs
from tltools.errors import Problem
from tltools.runs import Run
from tltools.runs.events import HEARTBEAT_SECONDS, Phase, RunState, RunStatus

_WRITE_EVERY = 0.3


class Stopped(Exception):
    """Control flow: a person asked this run to stop."""


class Reporter:
    """Writes a run's status: at once where it matters, else at most three times a
    second, and every two seconds from a thread of its own, so that a long step does not
    look like a death."""

    def __init__(self, run: Run) -> None:
        self._run, self._lock, self._written = run, threading.Lock(), 0.0
        now = files.now()
        self._status = RunStatus(state=RunState.RUNNING, phase=Phase.PREPARE, heartbeat=now,
                                 started=now, pid=os.getpid(), epoch=run.status.epoch)
        self._phase_begun = time.monotonic()
        self._phase_offset, self._first = 0, True
        self.deadline: float | None = None  # of `time.monotonic`, when a time limit ends training

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Beat until the block ends."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT_SECONDS):
                # a full disk must not end the thread; the loop will say it
                with contextlib.suppress(OSError):
                    self._write(force=True)

        self._write(force=True)
        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def phase(self, phase: Phase, total: int, unit: str, done: int = 0) -> None:
        """A phase begins. done: how much of it an earlier try has done already."""
        self._phase_begun, self._phase_offset, self._first = time.monotonic(), done, True
        self._change(True, phase=phase, done=done, total=total, unit=unit, seconds_left=None)

    def step(self, done: int, total: int, unit: str = "") -> None:
        """Progress within the phase; raises `Stopped` if a person asked for it."""
        # it builds the graph: as a measure of the others it is useless
        if self._first and done > self._phase_offset:
            self._phase_begun, self._phase_offset, self._first = time.monotonic(), done, False
        passed = time.monotonic() - self._phase_begun
        fresh = done - self._phase_offset
        left = passed / fresh * (total - done) if fresh > 0 and passed > 0.5 else None
        if left is not None and self.deadline is not None:
            left = max(0.0, min(left, self.deadline - time.monotonic()))
        self._change(False, done=done, total=total, unit=unit or self._status.unit,
                     seconds_left=left)
        if self._run.stop_requested():
            raise Stopped

    def epoch(self, number: int) -> None:
        """Number of epochs that are finished, from which a resume would go on."""
        self._change(True, epoch=number)

    def end(self, state: RunState, problem: Problem | None = None) -> None:
        """The last word on the run."""
        self._change(True, state=state, ended=files.now(), seconds_left=None,
                     problem=problem.as_dict() if problem else None)

    def _change(self, force: bool, **fields: Any) -> None:
        with self._lock:
            self._status = dataclasses.replace(self._status, **fields)
        self._write(force)

    def _write(self, force: bool) -> None:
        with self._lock:
            if force or time.monotonic() - self._written > _WRITE_EVERY:
                self._status = dataclasses.replace(self._status, heartbeat=files.now())
                runs.write_status(self._run, self._status)
                self._written = time.monotonic()
