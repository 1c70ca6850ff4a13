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

import math
import tempfile
import time
from pathlib import Path
from typing import Any

import keras

from tltools import files
from tltools.runs import Run
from tltools.runs.events import PHASE_LABELS, Phase
from tltools.settings import Home
from tltools.training.listeners import Reporter
from tltools.training.run import Training

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
    runs_folder = Home(Path(home)).workspace(workspace).runs
    runs_folder.mkdir(parents=True, exist_ok=True)
    # its weights may be those of a run beside it
    with tempfile.TemporaryDirectory(prefix=".try-", dir=runs_folder) as folder:
        path = Path(folder)
        files.write_json(path / "config.json", config)
        files.write_json(path / "dataset.json", {**snapshot, "images": some(snapshot["images"])})
        run = Run(path.name, path)
        try:
            return _Try(run, Home(Path(home)), _Passing(run, progress)).rates()
        finally:
            keras.backend.clear_session()


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
    return rate, f"Suggested: {rate:g}. The loss had fallen halfway at a rate of {rates[half]:.2g} and was lowest at " \
                 f"{rates[lowest]:.2g}; a tenth of the latter is the most that is safe, so the smaller of the two is taken."


class _Passing(Reporter):
    """Passes a training's progress on to a task's; keeps no status and knows no stop
    but what `progress` raises."""

    def __init__(self, run: Run, progress: files.Progress) -> None:
        super().__init__(run)
        self._progress, self._words = progress, ""

    def phase(self, phase: Phase, total: int, unit: str, done: int = 0) -> None:
        self._words = "Trying growing rates" if phase is Phase.HEAD else PHASE_LABELS[phase]

    def step(self, done: int, total: int, unit: str = "") -> None:
        self._progress(done, total, self._words)


class _Try(Training):
    """A training that ends before its first epoch counts."""

    def rates(self) -> dict[str, Any]:
        """See `find`."""
        self._prepare()
        self._extract()
        single = self.config.single_phase
        source, model = ("image", self._split.learning) if single else ("head_pooling",
                                                                        self._split.head)
        steps, size = self._steps(model, LOWEST), self.config.batch_size
        y, factor = self.parts["train"].y, (HIGHEST / LOWEST) ** (1 / (STEPS - 1))
        rates: list[float] = []
        losses: list[float] = []
        smoothed: list[float] = []
        average, epoch, order = 0.0, 0, self._order(source, 0)
        self.reporter.phase(Phase.HEAD, STEPS, "steps")
        begun = time.monotonic()
        for number in range(STEPS):
            if not len(order):
                epoch += 1
                order = self._order(source, epoch)
            rows, order = order[:size], order[size:]
            rate = LOWEST * factor**number
            model.optimizer.learning_rate = rate
            loss, _ = steps.train(self._batch(source, rows, epoch), y[rows % len(y)])
            self.reporter.step(number + 1, STEPS)
            if not math.isfinite(loss):
                break
            average = SMOOTHING * average + (1 - SMOOTHING) * loss
            rates.append(rate)
            losses.append(loss)
            smoothed.append(average / (1 - SMOOTHING ** (number + 1)))
            if smoothed[-1] > DIVERGED * min(smoothed) or time.monotonic() - begun > SECONDS:
                break
        suggestion, why = suggest(rates, smoothed)
        return {
            "rates": rates, "losses": losses, "smoothed": smoothed, "suggestion": suggestion,
            "why": why
        }
