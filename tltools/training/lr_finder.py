"""Which learning rate? Train with a rate that grows from step to step, and look at
where the loss falls and where it jumps.

Owns the try: a task for the train worker that writes nothing but caches, which the run
after it finds again. The weights are thrown away. Method: Smith, arXiv 1506.01186, in
the form of fastai's `lr_find`: 100 steps from 1e-6 to 10, each rate a constant factor
above the one before; the loss smoothed exponentially with the bias taken away (0.9, so
that the smoothed curve lags by less than a factor of ten in the rate); ended when it is
four times the lowest. Suggested is the smaller of a tenth of the rate at which the loss
is lowest (fastai's "minimum") and the rate at which it has fallen halfway. With few
pictures that are easily told apart the loss never jumps, and the first alone would be
far too high; where the loss falls fastest, which fastai offers too, was only noise
there.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tltools import backbones, files
from tltools.config import RunConfig
from tltools.errors import LossNotFinite, SettingsError
from tltools.recipes.schedules import PhasePlan, Schedule
from tltools.runs.events import PHASE_LABELS, Phase
from tltools.settings import Home
from tltools.training import setup
from tltools.training.loop import Learner, Listener, Loop, StepLogs, Stretch
from tltools.training.material import Material

LOWEST, HIGHEST, STEPS = 1e-6, 10.0, 100
SMOOTHING, DIVERGED = 0.9, 4.0
AT_REST = 20
"""The first steps, whose rates are too small to change anything: their mean loss is
where the fall begins."""
MOST_PICTURES = 1000
SECONDS = 60.0
"""The steps end after this time, so that runs that wait for the worker wait no longer.
"""


def find(*, home: str, workspace: str, config: dict[str, Any], snapshot: dict[str, Any],
         progress: files.Progress = files.no_progress) -> dict[str, Any]:
    """Try growing rates on the first phase of a run with these settings; a task for the
    train worker.

    snapshot: what would be trained on (`Dataset.snapshot()`). Returns {"rates",
    "losses", "smoothed": a value for each step; "suggestion": a rate or None; "why":
    one sentence}. Raises what a run would end with, or what `progress` raises.
    """
    here, settings = Home(Path(home)), RunConfig.from_dict(config)
    problems = backbones.check_config(settings)
    if problems:
        raise SettingsError(problems)
    material = Material(here, settings, {**snapshot, "images": some(snapshot["images"])})
    try:
        material.decode(_saying(progress, PHASE_LABELS[Phase.PREPARE]))
        network = setup.build(here, here.workspace(workspace), settings, len(material.classes))
        material.extract(setup.frozen_parts(network, settings),
                         _saying(progress, PHASE_LABELS[Phase.EXTRACT]))
        learner = setup.learner(network, settings, Phase.HEAD, material)
        batches = material.num_batches()
        plan = PhasePlan(Phase.HEAD, -(-STEPS // batches), batches,
                         Growing("growing", HIGHEST, STEPS))
        tried = _Tried(_saying(progress, "Trying growing rates"))
        with contextlib.suppress(LossNotFinite):  # too high a rate: the end of what is asked
            Loop(material, [tried]).fit(
                Stretch(plan, setup.source(network, settings, Phase.HEAD), 0), learner, 0)
    finally:
        keras.backend.clear_session()
    suggestion, why = suggest(tried.rates, tried.smoothed)
    return {"rates": tried.rates, "losses": tried.losses, "smoothed": tried.smoothed,
            "suggestion": suggestion, "why": why}


def _saying(progress: files.Progress, words: str) -> Any:
    return lambda done, total: progress(done, total, words)


@dataclass(frozen=True)
class Growing(Schedule):
    """From `LOWEST` to `full`, each step a constant factor above the one before."""

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return LOWEST * (self.full / LOWEST) ** (step / (self.steps - 1))


class _Tried(Listener):
    """What was tried and what came of it; ends the loop when nothing more can be
    learned from it, or after a minute."""

    def __init__(self, progress: Any) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.smoothed: list[float] = []
        self._progress, self._average, self._begun = progress, 0.0, 0.0

    def on_train_begin(self, loop: Loop, stretch: Stretch, learner: Learner, epoch: int) -> None:
        """The minute begins."""
        self._begun = time.monotonic()
        self._progress(0, STEPS)

    def on_train_batch_end(self, loop: Loop, logs: StepLogs) -> None:
        """One rate tried."""
        self._average = SMOOTHING * self._average + (1 - SMOOTHING) * logs.batch_loss
        self.rates.append(logs.rate)
        self.losses.append(logs.batch_loss)
        self.smoothed.append(self._average / (1 - SMOOTHING**len(self.losses)))
        self._progress(logs.done, STEPS)
        diverged = self.smoothed[-1] > DIVERGED * min(self.smoothed)
        late = time.monotonic() - self._begun > SECONDS
        if diverged or late or logs.done >= STEPS:
            loop.stop_training = True


def some(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The training pictures, of which a large set gives an even sample: the frozen part
    must not run for minutes here. All of a smaller set, so that the run after it finds
    their activations in the cache."""
    training = [image for image in images if image["split"] == "train"]
    return training[:: -(-len(training) // MOST_PICTURES)] if training else []


def suggest(rates: list[float], smoothed: list[float]) -> tuple[float | None, str]:
    """A learning rate and how it was chosen; None, and why, where the losses show none.
    """
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__, default=0)
    start = sum(smoothed[:AT_REST]) / max(1, len(smoothed[:AT_REST]))
    if not smoothed or smoothed[lowest] > 0.97 * start:
        return None, "The loss did not fall at any of the rates, so there is no suggestion."
    middle = (start + smoothed[lowest]) / 2
    half = max((index + 1 for index in range(lowest) if smoothed[index] > middle), default=lowest)
    rate = float(f"{min(rates[half], rates[lowest] / 10):.2g}")
    return rate, (f"Suggested: {rate:g}. The loss had fallen halfway at a rate of "
                  f"{rates[half]:.2g} and was lowest at {rates[lowest]:.2g}; a tenth of the "
                  "latter is the most that is safe, so the smaller of the two is taken.")
