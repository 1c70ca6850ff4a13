"""The loop: a phase's epochs and their steps, and who is told of them.

Owns the order of things within a phase: each batch once, then the validation pictures,
until the epochs are over or a listener wants no more. Leaves what is in a batch to
`material`, what is learned from it to `steps`, and everything that follows from what
happened (status, history, checkpoint, stopping early, the time limit) to `listeners`.
No TensorFlow. A loop of our own, because it can stop after any batch and go on after
any epoch; on cached activations it gives what plain `model.fit` on the whole network
gives (tests/training/test_run.py).
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tltools.errors import LossNotFinite
from tltools.recipes.schedules import PhasePlan
from tltools.runs.events import EpochEvent
from tltools.training.material import Material


class Learner(Protocol):
    """What learns; see `steps.Steps`. Losses and accuracies (0..1) are those of the
    batch."""

    rate: float

    def train(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]: ...

    def test(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float]: ...

    def recompute_statistics(self, batches: list[np.ndarray]) -> None: ...


@dataclass(frozen=True)
class Stretch:
    """A phase as a loop goes through it. first: number of its first epoch, counted
    through all phases; source: what the learner is given; statistics: whether those of
    BatchNormalization are recomputed before each measuring (see `steps.Statistics`)."""

    plan: PhasePlan
    source: str
    first: int
    statistics: bool = False

    @property
    def last(self) -> int:
        """Number of the epoch after its last one."""
        return self.first + self.plan.epochs


@dataclass(frozen=True)
class StepLogs:
    """One step that was made. epoch: counted through all phases; batch: from 1, of
    `batches`; done: steps of the phase so far. loss, accuracy: running means of the
    epoch; batch_loss: of this batch alone. rate: its learning rate. seconds: how long
    it took."""

    epoch: int
    batch: int
    batches: int
    done: int
    loss: float
    accuracy: float
    batch_loss: float
    rate: float
    seconds: float


class Listener:
    """Told of what happens, under the names of Keras's callbacks. A listener that has
    seen enough sets `loop.stop_training`: the epoch ends after the step under way and
    is measured. One that raises ends the loop at once."""

    def on_train_begin(self, loop: "Loop", stretch: Stretch, learner: Learner, epoch: int) -> None:
        """A phase begins; epoch: its next one (later than `stretch.first` if it goes
        on)."""

    def on_train_batch_end(self, loop: "Loop", logs: StepLogs) -> None:
        """A step was made."""

    def on_test_batch_end(self, loop: "Loop") -> None:
        """A batch of validation pictures was measured."""

    def on_epoch_end(self, loop: "Loop", logs: EpochEvent) -> None:
        """An epoch has ended and was measured."""

    def on_train_end(self, loop: "Loop") -> None:
        """The phase is over, its epochs done or stopped by a listener."""


class Loop:
    """Goes through phases and tells its listeners, in their order."""

    def __init__(self, material: Material, listeners: Sequence[Listener]) -> None:
        self.material, self.listeners = material, list(listeners)
        self.stop_training = False

    def fit(self, stretch: Stretch, learner: Learner, epoch: int) -> int:
        """Train from `epoch` to the end of the stretch; returns the number of the next
        epoch.

        Raises `LossNotFinite`, or what a listener raises.
        """
        self.stop_training = False
        for listener in self.listeners:
            listener.on_train_begin(self, stretch, learner, epoch)
        while epoch < stretch.last and not self.stop_training:
            logs = self._epoch(stretch, learner, epoch)
            epoch += 1
            for listener in self.listeners:
                listener.on_epoch_end(self, logs)
        for listener in self.listeners:
            listener.on_train_end(self)
        return epoch

    def _epoch(self, stretch: Stretch, learner: Learner, epoch: int) -> EpochEvent:
        plan, begun = stretch.plan, time.perf_counter()
        before = (epoch - stretch.first) * plan.batches
        loss_sum = hits = seen = 0.0
        batches = self.material.batches(stretch.source, epoch)
        for number in range(plan.batches):
            since = time.perf_counter()
            x, y = next(batches)
            learner.rate = rate = plan.schedule.rate(before + number)
            batch_loss, batch_accuracy = learner.train(x, y)
            loss_sum += batch_loss * len(y)
            hits += batch_accuracy * len(y)
            seen += len(y)
            loss, accuracy = loss_sum / seen, hits / seen
            if not math.isfinite(loss):
                raise LossNotFinite(f"In epoch {epoch + 1} the loss became {loss}.",
                                    f"Choose a learning rate below {rate:g}.")
            logs = StepLogs(epoch, number + 1, plan.batches, before + number + 1, loss, accuracy,
                            batch_loss, rate, time.perf_counter() - since)
            for listener in self.listeners:
                listener.on_train_batch_end(self, logs)
            if self.stop_training:
                break
        val_loss, val_accuracy = self._validate(stretch, learner)
        last_rate = plan.schedule.rate(before + plan.batches - 1)  # as in Keras's own history
        return EpochEvent(plan.phase, epoch, loss, accuracy, val_loss, val_accuracy, last_rate,
                          time.perf_counter() - begun)

    def _validate(self, stretch: Stretch, learner: Learner) -> tuple[float | None, float | None]:
        if stretch.statistics:
            learner.recompute_statistics(self.material.first_batches(stretch.source))
        loss_sum = hits = 0.0
        seen = 0
        for x, y in self.material.measured("validation", stretch.source):
            loss, accuracy = learner.test(x, y)
            loss_sum += loss * len(y)
            hits += accuracy * len(y)
            seen += len(y)
            for listener in self.listeners:
                listener.on_test_batch_end(self)
        return (loss_sum / seen, hits / seen) if seen else (None, None)
