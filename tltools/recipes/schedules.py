"""The learning rate of every step of a phase: warm-up, then constant or falling. Plain
arithmetic, no TensorFlow.

Owns the curves, so that a page can draw before the start exactly what training will
use. Leaves how many steps there are to `training`. The falling curves are those of
Keras's `CosineDecay`, `ExponentialDecay` and `PiecewiseConstantDecay`
(tests/test_schedules.py compares), laid over the phase so that its last step reaches
`final_rate`.
"""

import math
from dataclasses import dataclass

from tltools.config import RunConfig
from tltools.runs.events import Phase


@dataclass(frozen=True)
class Schedule:
    """The rates of one phase. full: the highest rate. steps, warm_up: numbers of steps,
    of the phase and of its start in which the rate grows. final: the share (0..1) of
    `full` at the end."""

    kind: str
    full: float
    steps: int
    warm_up: int = 0
    final: float = 1.0

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; beyond the last step it stays as
        it is there."""
        if step < self.warm_up:
            return self.full * (step + 1) / self.warm_up
        passed = min(1.0, (step - self.warm_up) / max(1, self.steps - self.warm_up))
        if self.kind == "cosine":
            return self.full * (self.final
                                + (1 - self.final) * (1 + math.cos(math.pi * passed)) / 2)
        if self.kind == "exponential":
            return self.full * self.final**passed
        if self.kind == "step":
            return self.full * self.final ** (int(3 * passed) / 2 if passed < 1 else 1.0)
        return self.full


@dataclass(frozen=True)
class PhasePlan:
    """One phase as it is planned: its epochs, the steps of an epoch, and the rate of
    each step."""

    phase: Phase
    epochs: int
    batches: int
    schedule: Schedule


def of_phase(config: RunConfig, phase: Phase, batches: int) -> PhasePlan:
    """What a phase with `batches` steps an epoch will do."""
    tuning = phase is Phase.FINE_TUNE
    epochs = config.fine_tune_epochs if tuning else config.epochs
    rate = config.fine_tune_learning_rate if tuning else config.learning_rate
    schedule = Schedule(config.schedule, rate, epochs * batches, config.warm_up * batches,
                        config.final_rate)
    return PhasePlan(phase, epochs, batches, schedule)


def plan(config: RunConfig, images: int) -> list[PhasePlan]:
    """What a run with `images` training pictures will do, phase by phase (early
    stopping and stops left aside)."""
    batches = max(1, math.ceil(images / config.batch_size))
    phases = (Phase.HEAD, Phase.FINE_TUNE) if config.fine_tunes else (Phase.HEAD,)
    return [of_phase(config, phase, batches) for phase in phases]
