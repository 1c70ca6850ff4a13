"""The states of a run and the records that training announces. Every state and every
event is named here, once.

Owns names, sentences and record shapes. Leaves the files to `runs` and the drawing to
`charts`.
"""

import math
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

HEARTBEAT_SECONDS = 2.0
"""How often a worker renews its status while it owns a run."""


class RunState(StrEnum):
    """Where a run stands. `INTERRUPTED` is also what a reader concludes where the
    process that works on it is gone."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


STATE_SENTENCES: dict[RunState, str] = {
    RunState.QUEUED: "Waiting for its turn.",
    RunState.RUNNING: "Training now.",
    RunState.COMPLETED: "Finished. The best weights are kept.",
    RunState.STOPPED: "Stopped by you.",
    RunState.FAILED: "Ended with a problem.",
    RunState.INTERRUPTED: "Interrupted. It can go on from its last finished epoch.",
}


class Phase(StrEnum):
    """The parts of a run, in their order; the names are those of `seconds` in the
    results."""

    PREPARE = "prepare"
    EXTRACT = "extract"
    HEAD = "head"
    FINE_TUNE = "fine_tune"
    EVALUATE = "evaluate"


PHASE_LABELS: dict[Phase, str] = {
    Phase.PREPARE: "Preparing images",
    Phase.EXTRACT: "Running the frozen part once",
    Phase.HEAD: "Training the head",
    Phase.FINE_TUNE: "Fine-tuning",
    Phase.EVALUATE: "Measuring on the test images",
}


def phase_label(phase: str, single_phase: bool) -> str:
    """What a phase does, in words. single_phase: nothing is frozen and all learns from
    the start (`RunConfig`)."""
    if single_phase and phase == Phase.HEAD:
        return "Training the whole network"
    return PHASE_LABELS[Phase(phase)]


@dataclass(frozen=True)
class BatchEvent:
    """One training step of the first epoch of a phase. loss, accuracy: running means of
    the epoch so far (0..1)."""

    phase: str
    epoch: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    event: str = "batch"


@dataclass(frozen=True)
class EpochEvent:
    """One finished epoch. epoch counts from 0 through all phases. seconds: how long it
    took."""

    phase: str
    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    learning_rate: float
    seconds: float
    event: str = "epoch"


@dataclass(frozen=True)
class PhaseEvent:
    """A phase begins. epoch: the number of the next epoch, counted through all phases.
    """

    phase: str
    epoch: int
    time: float
    event: str = "phase"


@dataclass(frozen=True)
class ResumeEvent:
    """Training goes on after an interruption; records of `epoch` and later that stand
    before it are void."""

    epoch: int
    time: float
    event: str = "resume"


Event = BatchEvent | EpochEvent | PhaseEvent | ResumeEvent


@dataclass(frozen=True)
class RunStatus:
    """`status.json`: what a worker is doing now; replaced whole, every
    `HEARTBEAT_SECONDS` while it runs.

    done/total count `unit`s of the phase. seconds_left: estimate for this phase, None
    if not known yet. heartbeat, started, ended: seconds since the epoch. host, pid,
    born: of the process that writes it (`processes.identity`). problem:
    `Problem.as_dict()` of what ended it.
    """

    state: str = RunState.QUEUED
    phase: str | None = None
    done: int = 0
    total: int = 0
    unit: str = ""
    seconds_left: float | None = None
    epoch: int = 0
    heartbeat: float = 0.0
    pid: int | None = None
    host: str | None = None
    born: float | None = None
    started: float | None = None
    ended: float | None = None
    problem: dict[str, str] | None = None
    format: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON-able values."""
        return asdict(self)


NEVER = (math.inf, math.inf)
"""The score of an epoch that cannot be kept."""


def score(loss: float | None, val_loss: float | None, val_accuracy: float | None,
          watch: str) -> tuple[float, float]:
    """What decides which epoch is kept, lower is better: the one place of this rule.

    First what is watched ("loss", or "accuracy" made negative) of the validation
    pictures, then their loss; without any, the training loss. What is no number, null
    in a record, is never the best. Accuracies 0..1.
    """
    measured = val_loss is not None or val_accuracy is not None
    known = _number(val_loss if measured else loss)
    if watch == "accuracy" and measured and val_accuracy is not None:
        return (-val_accuracy, known) if math.isfinite(val_accuracy) else NEVER
    return (known, 0.0) if math.isfinite(known) else NEVER


def _number(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else math.inf


@dataclass
class History:
    """The curves of a run, put together from its events.

    epochs: one `EpochEvent` record per finished epoch, in order. batches: the steps of
    the first epochs. fine_tune_start: index into `epochs` at which fine-tuning begins,
    or None. begun: when the first epoch began, in seconds since 1970, or None.
    inherited: how many of `epochs`, at the beginning, are those of the run that this
    one continues.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    batches: list[dict[str, Any]] = field(default_factory=list)
    fine_tune_start: int | None = None
    begun: float | None = None
    inherited: int = 0

    def add(self, records: list[dict[str, Any]]) -> None:
        """Take in further events; what a resume has made void is dropped, and so is a
        line that is no event."""
        for record in records:
            if not _is_event(record):
                continue
            kind = record["event"]
            if kind == "resume":
                self._drop_from(int(record["epoch"]))
            elif kind == "epoch":
                self._drop_from(int(record["epoch"]), batches=False)
                if record.get("phase") == Phase.FINE_TUNE and self.fine_tune_start is None:
                    self.fine_tune_start = len(self.epochs)
                self.epochs.append(record)
            elif kind == "batch":
                self.batches.append(record)
            elif kind == "phase" and self.begun is None:
                self.begun = record["time"]

    def _drop_from(self, epoch: int, batches: bool = True) -> None:
        self.epochs = [item for item in self.epochs if item["epoch"] < epoch]
        if batches:
            self.batches = [item for item in self.batches if item["epoch"] < epoch]
        if self.fine_tune_start is not None and self.fine_tune_start >= len(self.epochs):
            self.fine_tune_start = None

    def best(self, watch: str) -> int | None:
        """Index of the epoch that is kept, of the run's own ones: that with the lowest
        `score`, the first of equals. watch: of the run's settings."""
        scored = [(score(item.get("loss"), item.get("val_loss"), item.get("val_accuracy"), watch),
                   index) for index, item in enumerate(self.epochs) if index >= self.inherited]
        best = min(scored, default=(NEVER, 0))
        return best[1] if best[0] < NEVER else None

    def numbered(self, epoch: int | None) -> dict[str, Any] | None:
        """The record of the epoch with this number, or None: its place in `epochs` is
        another where a kill has lost the record of one before."""
        return next((item for item in self.epochs if item["epoch"] == epoch), None)

    def after(self, epochs: list[dict[str, Any]]) -> "History":
        """This run's curves with those of the run it continues before them, the epochs
        counted on."""
        start = len(epochs)
        before = [{**item, "epoch": number} for number, item in enumerate(epochs)]
        tuned = next((number for number, item in enumerate(before)
                      if item.get("phase") == Phase.FINE_TUNE), None)
        if tuned is None and self.fine_tune_start is not None:
            tuned = start + self.fine_tune_start
        return History(
            [*before, *({**item, "epoch": item["epoch"] + start} for item in self.epochs)],
            [{**item, "epoch": item["epoch"] + start} for item in self.batches], tuned, self.begun,
            start)

    def columns(self) -> dict[str, list[float | None]]:
        """The curves under Keras's names: loss, accuracy, val_loss, val_accuracy."""
        return {name: [item.get(name) for item in self.epochs]
                for name in ("loss", "accuracy", "val_loss", "val_accuracy")}


_NUMBERS = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
"""Fields that are numbers or, where there is none, null."""


def _is_event(record: Any) -> bool:
    """Whether a line of `events.jsonl` is an event whose curves can be drawn."""
    if not isinstance(record, dict) or not isinstance(record.get("event"), str):
        return False
    kind, epoch = record["event"], record.get("epoch")
    if kind == "phase":
        return _is_number(record.get("time"))
    if not isinstance(epoch, int) or isinstance(epoch, bool):
        return False
    if kind == "batch" and not (_is_number(record.get("batch"))
                                and _is_number(record.get("batches")) and record["batches"] > 0):
        return False
    return all(record.get(name) is None or _is_number(record[name]) for name in _NUMBERS)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
