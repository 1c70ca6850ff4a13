"""Who is told of training: status, history, checkpoint, stopping early, the time limit.

Each is a `loop.Listener` and owns one thing that follows from what happens: `Reporter`
writes `status.json` (with its heartbeat) and heeds a request to stop, `EventLogger`
writes `events.jsonl`, `Checkpointer` keeps the best and what a run goes on from,
`EarlyStopping` and `TimeLimit` end a phase. Their order matters: an epoch's event is
written before its checkpoint, so that a kill in between loses neither. Leaves the
meaning of events to `runs.events`. No TensorFlow.
"""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from tltools import files, processes, runs
from tltools.config import RunConfig
from tltools.errors import Problem
from tltools.runs import Run
from tltools.runs.events import (
    HEARTBEAT_SECONDS,
    BatchEvent,
    EpochEvent,
    Phase,
    PhaseEvent,
    RunState,
    RunStatus,
    score,
)
from tltools.training.loop import Learner, Listener, Loop, StepLogs, Stretch

_WRITE_EVERY = 0.3


class Stopped(Exception):
    """Control flow: a person asked this run to stop."""


class TimeLimit(Listener):
    """Ends training after so many seconds; the first epoch of all is finished whatever
    the limit. The first step of a phase builds its graph, which is not learning and is
    not counted.

    seconds: from now on; 0 for no limit. clock: seconds that only grow. memory: is told
    how long first steps took, so that a try that goes on does not count them either.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic,
                 memory: "Memory | None" = None) -> None:
        self._clock, self._memory = clock, memory
        self._deadline = clock() + seconds if seconds else None
        self._first_step, self._epochs = True, 0

    @property
    def left(self) -> float | None:
        """Seconds until it ends training, or None."""
        return None if self._deadline is None else max(0.0, self._deadline - self._clock())

    def spend(self, seconds: float) -> None:
        """What earlier tries of the run have taken of it."""
        if self._deadline is not None:
            self._deadline -= seconds

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """Nothing more is begun where the time is over already."""
        self._first_step, self._epochs = True, epoch
        self._look(loop)

    def on_train_batch_end(self, loop: Loop, logs: StepLogs) -> None:
        """Ends the epoch, unless it is the first of all."""
        if self._first_step and self._deadline is not None:
            self._deadline += logs.seconds
            if self._memory is not None:
                self._memory.building += logs.seconds
        self._first_step = False
        self._look(loop)

    def on_epoch_end(self, loop: Loop, logs: EpochEvent) -> None:
        """Ends the phase."""
        self._epochs = logs.epoch + 1
        self._look(loop)

    def _look(self, loop: Loop) -> None:
        if self._epochs and self._deadline is not None and self._clock() > self._deadline:
            loop.stop_training = True


class Reporter(Listener):
    """Writes a run's status: at once where it matters, else at most three times a
    second, and every two seconds from a thread of its own, so that a long step does not
    look like a death."""

    def __init__(self, run: Run) -> None:
        self._run, self._lock, self._written = run, threading.Lock(), 0.0
        now = files.now()
        self._status = RunStatus(state=RunState.RUNNING, phase=Phase.PREPARE, heartbeat=now,
                                 started=now, epoch=run.status.epoch, **processes.identity())
        self._phase_begun = time.monotonic()
        self._phase_offset, self._first = 0, True
        self._total = 0
        self.limit: TimeLimit | None = None  # bounds what is said of the time left

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        """Beat until the block ends."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT_SECONDS):
                # a full disk must not end the thread; the loop will say it
                with contextlib.suppress(OSError):
                    self._write(force=True)

        files.keep_reserve(self._run.path)
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

    def step(self, done: int, total: int) -> None:
        """Progress within the phase; raises `Stopped` if a person asked for it."""
        # the first step builds the graph: as a measure of the others it is useless
        if self._first and done > self._phase_offset:
            self._phase_begun, self._phase_offset, self._first = time.monotonic(), done, False
        passed = time.monotonic() - self._phase_begun
        fresh = done - self._phase_offset
        left = passed / fresh * (total - done) if fresh > 0 and passed > 0.5 else None
        if left is not None and self.limit is not None and self.limit.left is not None:
            left = min(left, self.limit.left)
        self._change(False, done=done, total=total, seconds_left=left)
        self._heed()

    def epoch(self, number: int) -> None:
        """Number of epochs that are finished, from which a resume would go on."""
        self._change(True, epoch=number)

    def end(self, state: RunState, problem: Problem | None = None) -> None:
        """The last word on the run."""
        with self._lock:
            self._status = dataclasses.replace(
                self._status, state=state, ended=files.now(), seconds_left=None,
                heartbeat=files.now(), problem=problem.as_dict() if problem else None)
            runs.write_end(self._run, self._status)

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """The steps of a phase."""
        plan = stretch.plan
        self._total = plan.epochs * plan.batches
        self.phase(plan.phase, self._total, "steps", (epoch - stretch.first) * plan.batches)

    def on_train_batch_end(self, loop: Loop, logs: StepLogs) -> None:
        """One step further."""
        self.step(logs.done, self._total)

    def on_test_batch_end(self, loop: Loop) -> None:
        """Heeds a request to stop."""
        self._heed()

    def on_epoch_end(self, loop: Loop, logs: EpochEvent) -> None:
        """One epoch further."""
        self.epoch(logs.epoch + 1)

    def _heed(self) -> None:
        if self._run.stop_requested():
            raise Stopped

    def _change(self, force: bool, **fields: object) -> None:
        with self._lock:
            self._status = dataclasses.replace(self._status, **fields)  # type: ignore[arg-type]
        self._write(force)

    def _write(self, force: bool) -> None:
        with self._lock:
            if force or time.monotonic() - self._written > _WRITE_EVERY:
                self._status = dataclasses.replace(self._status, heartbeat=files.now())
                runs.write_status(self._run, self._status)
                self._written = time.monotonic()


class EventLogger(Listener):
    """Appends to `events.jsonl`: the beginning of each phase, the steps of its first
    epoch, and every epoch."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stretch: Stretch | None = None

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """The phase, with the number of its next epoch."""
        self._stretch = stretch
        runs.append_event(self._run, PhaseEvent(stretch.plan.phase, epoch, files.now()))

    def on_train_batch_end(self, loop: Loop, logs: StepLogs) -> None:
        """A step, if it is one of the phase's first epoch."""
        stretch = self._stretch
        if stretch is not None and logs.epoch == stretch.first:
            runs.append_event(self._run, BatchEvent(stretch.plan.phase, logs.epoch, logs.batch,
                                                    logs.batches, logs.loss, logs.accuracy))

    def on_epoch_end(self, loop: Loop, logs: EpochEvent) -> None:
        """The epoch."""
        runs.append_event(self._run, logs)


class Memory(Protocol):
    """Where a run's weights are remembered; see `checkpoints.Checkpoint`."""

    phase_started: int | None
    building: float

    def after_epoch(self, phase: str, epoch: int, score: tuple[float, float]) -> None: ...

    def restore(self, phase: str) -> None: ...

    def epochs_since_best(self, phase: str) -> int: ...


class Checkpointer(Listener):
    """Restores what an earlier try of the run had when a phase begins, and remembers
    after every epoch."""

    def __init__(self, memory: Memory, watch: str) -> None:
        self._memory, self._watch = memory, watch

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """Goes on with the weights and the optimizer of before, if they are of this
        phase."""
        if stretch.plan.phase is Phase.FINE_TUNE:
            self._memory.phase_started = stretch.first
        self._memory.restore(stretch.plan.phase)

    def on_epoch_end(self, loop: Loop, logs: EpochEvent) -> None:
        """Keeps the best, and what the next epoch begins with."""
        self._memory.after_epoch(logs.phase, logs.epoch + 1, score(
            logs.loss, logs.val_loss, logs.val_accuracy, self._watch))


class EarlyStopping(Listener):
    """Ends a phase that has not improved for `patience` epochs; 0 for never."""

    def __init__(self, memory: Memory, patience: int) -> None:
        self._memory, self._patience = memory, patience

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """A phase that goes on may have had enough already."""
        self._look(loop, stretch.plan.phase)

    def on_epoch_end(self, loop: Loop, logs: EpochEvent) -> None:
        """Counts the epochs since the best."""
        self._look(loop, logs.phase)

    def _look(self, loop: Loop, phase: str) -> None:
        if self._patience and self._memory.epochs_since_best(phase) >= self._patience:
            loop.stop_training = True


def standard(run: Run, config: RunConfig, reporter: Reporter, memory: Memory) -> list[Listener]:
    """The listeners of a run, in their order; the time limit counts from now on."""
    limit = TimeLimit(config.time_limit, memory=memory)
    reporter.limit = limit
    return [EventLogger(run), Checkpointer(memory, config.watch),
            EarlyStopping(memory, config.patience), limit, reporter]
