"""What the engine decides: who gets which work, what an ending means, when a worker is
replaced and when the engine ends. Plain state and time; no process, no file, no Dask.

Owns the rules. Leaves whose turn is next to `runs.queue`, looking at the world and
doing what was decided to `program`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from tltools.engine.jobs import Job
from tltools.errors import Problem
from tltools.runs import Run, queue
from tltools.runs.events import RunState

FORCE_SECONDS = 30.0
"""A request to stop that is not heeded for so long costs the worker its process."""
GROWTH_BYTES = 500_000_000
SMALL_MEMORY = 6_000_000_000
COOL_SECONDS = 300.0
"""A second TensorFlow process that nothing has used for so long gives its memory back.
"""
NEAR_LIMIT = 0.85
"""A worker that died with more than this share of its memory is taken to have died of
it."""

TRAIN, SERVE = "train", "serve"

KILLED = Problem("The training process was ended", "It was killed from outside, or crashed.",
                 "Go on from the last finished epoch.")
OUT_OF_MEMORY = Problem("Not enough memory",
                        "The training process needed more memory than it may have.",
                        "Choose a smaller batch or input size, or freeze more stages.")
FORCED = Problem("Stopped by force",
                 "It did not heed the request for half a minute, so its process was ended.",
                 "Go on from the last finished epoch.")
UNSAID = Problem("It is not known how this run ended", "Its process could not write it down.",
                 "Go on from the last finished epoch.")
NOT_STARTED = Problem("The run could not be started", "It is still queued after its turn.",
                      "Start it again.")
JOB_KILLED = Problem("The computing process ended",
                     "It was killed, crashed, or needed too much memory.", "Start it again.")
STOPPED_ENGINE = Problem("The engine was stopped", "Training was interrupted by that.",
                         "Go on from the last finished epoch.")


class Outcome(Enum):
    """How the work that a worker was given stands."""

    PENDING = "pending"
    FINISHED = "finished"
    DIED = "died"


@dataclass(frozen=True)
class Worker:
    """A train worker as it is seen now. ready: its process is up and can be given work;
    outcome: of what it was given, None if nothing; memory: bytes it was last seen to
    use, start_memory: when it was fresh (None: not known); limit: bytes it may use."""

    ready: bool = True
    outcome: Outcome | None = None
    memory: int = 0
    start_memory: int | None = None
    limit: int = 1

    @property
    def grown(self) -> bool:
        """Whether it holds well over what it had when it was fresh."""
        return self.start_memory is not None and self.memory - self.start_memory > GROWTH_BYTES


@dataclass(frozen=True)
class Seen:
    """The world at one moment, as far as decisions need it; times in seconds since the
    epoch.

    workers: the train workers by kind. waiting: queued runs, the next one first. job:
    the oldest short task. stop_asked: when people asked runs to stop, by id;
    cancel_asked: when somebody cancelled the short task under way. learns: says whether
    a run trains backbone layers; asked of those that start. serving: the serving worker
    has tasks, None where there is no such worker. used: somebody else is connected.
    end_asked: the engine shall end, or its home is gone. trouble: TensorFlow cannot
    start, so nothing is given out.
    """

    workers: dict[str, Worker] = field(default_factory=dict)
    waiting: tuple[Run, ...] = ()
    job: Job | None = None
    stop_asked: dict[str, float] = field(default_factory=dict)
    cancel_asked: float | None = None
    learns: Callable[[Run], bool] = lambda run: False
    serving: bool | None = None
    used: bool = False
    end_asked: bool = False
    trouble: bool = False


# Actions: what `program` does, in this order


@dataclass(frozen=True)
class RunEnded:
    """A run's turn is over. died: its worker has; near_limit: with nearly all the
    memory that it may have. seconds: how long the turn took."""

    kind: str
    run: Run
    died: bool
    near_limit: bool
    seconds: float
    forced: bool = False


@dataclass(frozen=True)
class JobEnded:
    """The short task is over. died: its worker has."""

    kind: str
    job: Job
    died: bool


@dataclass(frozen=True)
class Replace:
    """The worker gets a new process."""

    kind: str


@dataclass(frozen=True)
class WarmUp:
    """The worker has a new process already, which imports TensorFlow while it is idle.
    """

    kind: str


@dataclass(frozen=True)
class Cool:
    """The worker gets a new process, which imports TensorFlow when it is needed."""

    kind: str


@dataclass(frozen=True)
class StartRun:
    """The worker trains this run."""

    kind: str
    run: Run


@dataclass(frozen=True)
class StartJob:
    """The worker does this short task."""

    kind: str
    job: Job


@dataclass(frozen=True)
class End:
    """The engine ends."""


Action = RunEnded | JobEnded | Replace | WarmUp | Cool | StartRun | StartJob | End


@dataclass(frozen=True)
class Turn:
    """A run on its worker. begun: seconds since the epoch; learns: it trains backbone
    layers, and each such run leaves about 150 MB behind in TensorFlow, whatever is
    cleared."""

    run: Run
    begun: float
    learns: bool


class Dispatch:
    """Who has which work. A worker is given one thing at a time and the scheduler never
    holds another, so that a death fails only what was under way."""

    def __init__(self, idle_seconds: float, now: float) -> None:
        self.turns: dict[str, Turn] = {}
        self.job: tuple[str, Job] | None = None
        self._forced: set[str] = set()
        self.warm: dict[str, float] = {}  # when workers with TensorFlow last had work
        self._idle_seconds, self.last_used = idle_seconds, now

    @property
    def running(self) -> list[Run]:
        """The runs that have a worker."""
        return [turn.run for turn in self.turns.values()]

    def step(self, seen: Seen, now: float) -> list[Action]:
        """What follows from what is seen; what was given out and has ended is taken
        back."""
        actions: list[Action] = []
        for kind, turn in list(self.turns.items()):
            actions += self._watch_run(kind, turn, seen, now)
        actions += self._watch_job(seen, now)
        going = {action.kind for action in actions if isinstance(action, Replace | WarmUp)}
        idle = [] if seen.trouble else [
            kind for kind, worker in seen.workers.items() if worker.ready and kind not in going
            and kind not in self.turns and (self.job is None or self.job[0] != kind)]
        actions += self._give_job(idle, seen)
        actions += self._give_runs(idle, seen, now)
        actions += self._temper(seen, now)
        if self.turns or self.job or seen.used:
            self.last_used = now
        if seen.end_asked or now - self.last_used > self._idle_seconds:
            actions.append(End())
        return actions

    def _watch_run(self, kind: str, turn: Turn, seen: Seen, now: float) -> list[Action]:
        worker = seen.workers.get(kind, Worker(ready=False, outcome=Outcome.DIED))
        if worker.outcome is Outcome.PENDING:
            asked = seen.stop_asked.get(turn.run.id)
            overdue = asked is not None and now - asked > FORCE_SECONDS
            if not (overdue and worker.ready):
                return []
            self._forced.add(turn.run.id)
            return [Replace(kind)]
        del self.turns[kind]
        forced = turn.run.id in self._forced
        self._forced.discard(turn.run.id)
        died = worker.outcome is not Outcome.FINISHED
        near_limit = worker.memory > NEAR_LIMIT * worker.limit
        ended = RunEnded(kind, turn.run, died, near_limit, now - turn.begun, died and forced)
        if died:
            return [ended, WarmUp(kind)]
        return [ended, Replace(kind)] if turn.learns or worker.grown else [ended]

    def _watch_job(self, seen: Seen, now: float) -> list[Action]:
        if self.job is None:
            return []
        kind, job = self.job
        worker = seen.workers.get(kind, Worker(ready=False, outcome=Outcome.DIED))
        if worker.outcome is Outcome.PENDING:
            overdue = seen.cancel_asked is not None and now - seen.cancel_asked > FORCE_SECONDS
            return [Replace(kind)] if overdue and worker.ready else []
        self.job = None
        died = worker.outcome is not Outcome.FINISHED
        if died:
            return [JobEnded(kind, job, True), WarmUp(kind)]
        return [JobEnded(kind, job, False), *([Replace(kind)] if worker.grown else [])]

    def _temper(self, seen: Seen, now: float) -> list[Action]:
        """One process with TensorFlow stays ready, the first train worker's. The
        serving one gets ready when a run begins, so that its model can be tried at
        once; all but the first give their memory back when nothing has used them for a
        while."""
        for kind in (*self.turns, *([self.job[0]] if self.job else [])):
            self.warm[kind] = now
        actions: list[Action] = []
        if seen.serving is not None:  # there is a serving worker of its own
            if self.turns and SERVE not in self.warm:
                actions.append(WarmUp(SERVE))
            if self.turns or seen.serving:
                self.warm[SERVE] = now
        for kind, since in list(self.warm.items()):
            if kind != TRAIN and now - since > COOL_SECONDS:
                del self.warm[kind]
                actions.append(Cool(kind))
        return actions

    def _give_job(self, idle: list[str], seen: Seen) -> list[Action]:
        if self.job is not None or seen.job is None or not idle:
            return []
        self.job = (idle.pop(0), seen.job)
        return [StartJob(*self.job)]

    def _give_runs(self, idle: list[str], seen: Seen, now: float) -> list[Action]:
        """Each idle worker gets the run whose turn it is; one that may not start now
        never blocks the others."""
        actions: list[Action] = []
        waiting = list(seen.waiting)
        for kind in idle:
            run = next((item for item in waiting if queue.may_start(item, self.running)), None)
            if run is None:
                break
            waiting.remove(run)
            self.turns[kind] = Turn(run, now, seen.learns(run))
            actions.append(StartRun(kind, run))
        return actions


def verdict(ended: RunEnded, state: RunState) -> tuple[RunState, Problem] | None:
    """What is said of a run whose turn is over and whose folder says `state` (as
    written there): its state and why. None if it has said all itself, or if a person
    has put it back into the queue before its death was noticed here."""
    if state not in (RunState.QUEUED, RunState.RUNNING, RunState.INTERRUPTED):
        return None
    if ended.died and state is RunState.QUEUED:
        return None
    if ended.forced:
        return RunState.STOPPED, FORCED
    if ended.died:
        return RunState.INTERRUPTED, OUT_OF_MEMORY if ended.near_limit else KILLED
    return RunState.INTERRUPTED, NOT_STARTED if state is RunState.QUEUED else UNSAID


@dataclass(frozen=True)
class Kind:
    """A worker that the engine starts. resources: what it takes (see `program`); share:
    of the machine's memory (0..1)."""

    name: str
    resources: dict[str, float]
    threads: int
    share: float


def kinds(memory: int, at_once: int, trouble: bool) -> list[Kind]:
    """The workers for a machine with so many bytes of memory. trouble: TensorFlow
    cannot start here, so only pictures are brought in."""
    if trouble:
        return [Kind("data", {"data": 2}, 2, 0.2)]
    if memory < SMALL_MEMORY:
        return [Kind("train", {"train": 1, "serve": 1}, 2, 0.75),
                Kind("data", {"data": 1}, 1, 0.25)]
    names = ["train", *(f"train-{number}" for number in range(2, at_once + 1))]
    train = [Kind(name, {name: 1.0}, 1, 0.6 / at_once) for name in names]
    return [*train, Kind("serve", {"serve": 1}, 1, 0.3), Kind("data", {"data": 2}, 2, 0.2)]
