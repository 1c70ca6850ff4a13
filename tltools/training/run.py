"""Training of one run, from its folder and into its folder: `train_run` is what a train
worker is given.

Owns the phases, the loop, keeping the best weights, checkpoints and results. Leaves
building to `models`, caches to `features`, status to `callbacks`. Phases: prepare
(decode), extract (the frozen part once per picture), head (the new part learns on the
cache), fine_tune (unfrozen stages too, at a lower rate), evaluate (test pictures).

The loop goes through the batches in a seeded order, which on cached activations gives
what plain `model.fit` on the whole network gives (tests/test_training.py); a loop of
our own can stop after any batch and go on after any epoch.
"""

import dataclasses
import logging
import math
import platform
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tltools import backbones, files, runs, weights
from tltools.config import RunConfig
from tltools.errors import (
    LossNotFinite,
    OutOfMemory,
    SettingsError,
    TltoolsError,
    TrainingError,
    problem_of,
)
from tltools.models import networks
from tltools.recipes import class_weights, schedules
from tltools.recipes.augmentation import PLAIN, Augmentation, View
from tltools.runs import Run, lineage
from tltools.runs.events import BatchEvent, EpochEvent, Phase, PhaseEvent, ResumeEvent, RunState
from tltools.settings import Home
from tltools.training import features
from tltools.training.checkpoints import Checkpoint
from tltools.training.listeners import Reporter, Stopped
from tltools.training.optimization import make_loss, make_optimizer
from tltools.training.steps import Steps

PARTS = ("train", "validation", "test")
STATISTICS_BATCHES = 20
log = logging.getLogger(__name__)


def train_run(*, run_dir: str, home: str) -> str:
    """Train the run in `run_dir` until it completes, is stopped or fails; returns the
    state it ended in.

    Holds the run's lock meanwhile; does nothing if another process has it. No exception
    leaves it but KeyboardInterrupt: what a person can mend stands in the status, a
    bug's traceback in the log.
    """
    run = runs.read_folder(Path(run_dir))
    with runs.lock(run) as held:
        if not held:
            return run.state
        reporter = Reporter(run)
        with reporter.beating():
            state, problem = _guarded(run, Home(Path(home)), reporter)
        reporter.end(state, problem)
        return state


def _guarded(run: Run, home: Home, reporter: Reporter) -> tuple[RunState, Any]:
    handler = logging.FileHandler(run.log_path)
    log.addHandler(handler)
    training: Training | None = None
    try:
        training = Training(run, home, reporter)
        training.run_all()
        return RunState.COMPLETED, None
    except Stopped:
        kept = training is not None and training.keep_best(evaluate=True)
        return RunState.STOPPED, None if kept else problem_of(
            TrainingError("It was stopped before the first epoch had ended, so there is no model.",
                          "Start it again."))
    except Exception as error:
        log.exception("run %s ended with an error", run.id)
        if training is not None and isinstance(error, LossNotFinite):
            training.keep_best(evaluate=True)
        if isinstance(error, (tf.errors.ResourceExhaustedError, MemoryError)):
            error = OutOfMemory("The machine ran out of memory.",
                                "Choose a smaller batch or input size.")
        return RunState.FAILED, problem_of(error)
    finally:
        log.removeHandler(handler)
        handler.close()
        keras.backend.clear_session()


@dataclass
class Part:
    """One part of the split. rows: its pictures' entries of the snapshot. x: arrays by
    boundary name. y: labels."""

    rows: list[dict[str, Any]]
    y: np.ndarray
    pixels: np.ndarray | None = None
    x: dict[str, np.ndarray] = field(default_factory=dict)


class Training:
    """One run while it trains; see the module's docstring for the phases."""

    def __init__(self, run: Run, home: Home, reporter: Reporter) -> None:
        self.run, self.home, self.reporter = run, home, reporter
        self.config, self.snapshot = run.config(), run.dataset()
        problems = backbones.check_config(self.config)
        if problems:
            raise SettingsError(problems)
        self.classes: list[str] = self.snapshot["classes"]
        self.seconds: dict[str, float] = {}
        self._running: tuple[Phase, float] | None = None
        self.checkpoint = Checkpoint(run.checkpoints / "last.npz")
        self.split: networks.SplitModel | None = None
        self.parts = {part: self._part(part) for part in PARTS}
        self.epochs_done = 0
        if len(self.classes) < 2 or not self.parts["train"].rows:
            raise TrainingError("There are not two classes with training pictures.",
                                "Add pictures, then start again.")

    def run_all(self) -> None:
        """All phases in their order."""
        self._timed(Phase.PREPARE, self._prepare)
        if self.config.time_limit:
            self.reporter.deadline = time.monotonic() + self.config.time_limit
        self._resume()
        self._timed(Phase.EXTRACT, self._extract)
        self._timed(Phase.HEAD, self._first_phase)
        if self.config.fine_tunes:
            self._timed(Phase.FINE_TUNE, self._fine_tune)
        self.keep_best(evaluate=True)

    def keep_best(self, evaluate: bool) -> bool:
        """Restore the best weights, measure them on the test pictures and save the
        model; False if there are none.

        A run that goes on and is stopped before its first step has them in the
        checkpoint of its earlier try. If they do not fit the backbone any more, the
        earlier try's model stays as it is.
        """
        if self.checkpoint.best_weights is None:
            try:
                if not (self._earlier_try() and self.checkpoint.best_weights):
                    return False
            except TltoolsError:
                return self.run.has_model
            self.seconds = {Phase(name): spent for name, spent in self.checkpoint.seconds.items()}
        if self.split is None:
            self._build()
        self._split.learning.set_weights(self.checkpoint.best_weights)
        begun = time.perf_counter()
        test = self._accuracy("test") if evaluate and self.parts["test"].rows else None
        self.seconds[Phase.EVALUATE] = time.perf_counter() - begun
        with files.atomic_path(self.run.model_path) as temporary:
            self._split.whole.save(temporary)
        files.write_json(self.run.path / "labels.json", self.classes)
        files.write_json(self.run.path / "results.json", self._results(test))
        return True

    # Phases

    def _part(self, part: str) -> Part:
        rows = [image for image in self.snapshot["images"] if image["split"] == part]
        return Part(rows, np.array([image["label"] for image in rows], np.int32))

    def _timed(self, phase: Phase, work: Any) -> None:
        self._running = phase, time.perf_counter()
        try:
            work()
        finally:
            self.seconds = self._seconds_so_far()
            self._running = None

    def _seconds_so_far(self) -> dict[str, float]:
        """Seconds spent in each phase, earlier tries of this run and the phase under
        way included."""
        if self._running is None:
            return dict(self.seconds)
        phase, begun = self._running
        return {**self.seconds, phase: self.seconds.get(phase, 0.0) + time.perf_counter() - begun}

    def _prepare(self) -> None:
        total = len(self.snapshot["images"])
        self.reporter.phase(Phase.PREPARE, total, "images")
        done = 0
        for part in self.parts.values():
            if part.rows:
                part.pixels = self._pixels(part, partial(self._step_after, done, total))
            done += len(part.rows)
        self._build()
        self.reporter.step(total, total)

    def _step_after(self, done: int, total: int, count: int, _part: int, unit: str) -> None:
        self.reporter.step(done + count, total, unit)

    def _pixels(self, part: Part, progress: files.Progress) -> np.ndarray:
        return features.pixels(self.home, Path(self.snapshot["images_dir"]),
                               [row["file"] for row in part.rows], self.config.input_size,
                               self.config.resize, progress)

    def _build(self) -> None:
        workspace = self.home.workspace(self.run.path.parents[1].name)
        path = weights.resolve(self.home, self.config, workspace)
        self.weights_key = files.sha256_file(
            path) if path else f"{self.config.weights}-{self.config.seed}"
        if self.config.weights == "bundled" and path is None:
            self.weights_key = files.sha256_file(weights.bundled_path())
        self.weights_name = path.name if path else self.config.weights
        if path and (self.config.continues or self.config.weights == "run"):
            self.weights_key = lineage.features_key(path) or self.weights_key
            self.weights_name = f"run {path.parent.name}"
        self.split = networks.build(self.config, len(self.classes), path)

    def _extract(self) -> None:
        """Fill `part.x`: for each layer at which a phase starts, what training and
        measuring read."""
        split, config = self._split, self.config
        if split.frozen is None:
            for part in self.parts.values():
                if part.pixels is not None:
                    part.x["image"] = part.pixels
        steps = [("pixels", split.boundary, split.frozen),
                 (split.boundary, "head_pooling", split.pooled)]
        if config.epochs == 0:  # no head phase: nothing reads what enters the head
            steps = steps[:1]
        steps = [step for step in steps if step[2] is not None and not config.single_phase]
        if not steps:
            return
        views = [View(number, config.seed, Augmentation.of(config))
                 for number in range(config.views if config.augments else 1)]
        counts = {
            name: len(part.rows) * (len(views) if name == "train" else 1)
            for name, part in self.parts.items()
        }
        total, done = sum(counts.values()) * len(steps), 0
        unit = "images" if len(
            views) == 1 else f"images (each training picture in {len(views)} variations)"
        self.reporter.phase(Phase.EXTRACT, total, unit)
        for source, layer, model in steps:
            for name, part in self.parts.items():
                if part.pixels is not None:
                    part_views = views if name == "train" else views[:1]
                    self._activate(part, source, layer, model, part_views, done, total)
                    done += counts[name]
        self.reporter.step(total, total)

    def _activate(self, part: Part, source: str, layer: str, model: keras.Model, views: list[View],
                  done: int, total: int) -> None:
        raw = source in ("pixels", "image")
        # several views are one long array
        x = part.pixels if raw and part.pixels is not None else part.x[source]
        key = self._feature_key(
            layer, part) | {"source_views": [] if raw else [view.key() for view in views]}
        part.x[layer] = features.activations(
            self.home, key, model, x, views if raw else [PLAIN],
            partial(self._step_after, done, total))

    def _feature_key(self, layer: str, part: Part) -> dict[str, Any]:
        config = self.config
        return {
            "backbone": config.backbone, "weights": self.weights_key, "layer": layer,
            "size": config.input_size, "rule": config.resize,
            "pooling": config.pooling if layer == "head_pooling" else "",
            "files": [row["file"] for row in part.rows]
        }

    def _earlier_try(self) -> bool:
        """Load the checkpoint of an earlier try of this run, if there is one; returns
        whether there is.

        Raises TrainingError if the backbone's weights are others than that one had: a
        head fits only the features that it learned from, and best weights of before
        would end up on another backbone, without a sign of it.
        """
        if not self.checkpoint.load():
            return False
        if self.split is None:
            self._build()
        if self.checkpoint.weights_key not in ("", self.weights_key):
            raise TrainingError(
                f"The pretrained weights of {self.config.backbone} ({self.weights_name}) were "
                "replaced since this run began, "
                "and what it has learned fits only the ones before.",
                "Start a new run: Use these settings again, on the Runs page. A model that this "
                "run has kept stays usable.",
                title="The run cannot go on")
        return True

    def _resume(self) -> None:
        if not self._earlier_try():
            if self.run.history().batches:  # of a try that ended before its first epoch
                runs.append_event(self.run, ResumeEvent(0, files.now()))
            self.reporter.epoch(0)
            return
        for name, spent in self.checkpoint.seconds.items():
            self.seconds[Phase(name)] = self.seconds.get(Phase(name), 0.0) + spent
        self.epochs_done = self.checkpoint.epoch
        runs.append_event(self.run, ResumeEvent(self.epochs_done, files.now()))
        self.reporter.epoch(self.epochs_done)

    def _first_phase(self) -> None:
        if self.config.epochs == 0:
            return
        single = self.config.single_phase
        model = self._split.learning if single else self._split.head
        self._train(Phase.HEAD, model, "image" if single else "head_pooling", 0, self.config.epochs)

    def _fine_tune(self) -> None:
        first = self._first_phase_epochs()
        if self.epochs_done <= first and self.checkpoint.best_weights is not None:
            self._split.learning.set_weights(self.checkpoint.best_weights)
        self._train(Phase.FINE_TUNE, self._split.learning, self._split.boundary, first,
                    self.config.fine_tune_epochs)

    def _first_phase_epochs(self) -> int:
        """Epochs of the head phase; fewer than asked for where early stopping ended it.
        """
        started = self.checkpoint.phase_started
        return started if started is not None else self.epochs_done

    # The loop

    def _train(self, phase: Phase, model: keras.Model, source: str, first: int,
               epochs: int) -> None:
        last = first + epochs
        if phase is Phase.HEAD and self.checkpoint.phase_started is not None:
            return  # resumed within fine-tuning
        if phase is Phase.FINE_TUNE:
            self.checkpoint.phase_started = first
        batches = math.ceil(len(self._order(source, 0)) / self.config.batch_size)
        schedule = schedules.of_phase(self.config, phase, batches)
        steps = self._steps(model, schedule.full)
        self.checkpoint.restore(phase, model)
        self.reporter.phase(phase, epochs * batches, "steps", (self.epochs_done - first) * batches)
        runs.append_event(self.run, PhaseEvent(phase, self.epochs_done, files.now()))
        while self.epochs_done < last and not self._tired(phase) and not self._time_is_over():
            epoch, begun = self.epochs_done, time.perf_counter()
            loss, accuracy = self._epoch(phase, steps, source, epoch, first, schedule)
            val_loss, val_accuracy = self._validate(steps, source)
            self.epochs_done = epoch + 1
            self.checkpoint.seconds, self.checkpoint.weights_key = self._seconds_so_far(
            ), self.weights_key
            self.checkpoint.after_epoch(phase, model, self._split.learning, self.epochs_done,
                                        self._score(loss, val_loss, val_accuracy))
            # of the last step, as in Keras's own history
            rate = schedule.rate((epoch - first + 1) * batches - 1)
            runs.append_event(
                self.run,
                EpochEvent(phase, epoch, loss, accuracy, val_loss, val_accuracy, rate,
                           time.perf_counter() - begun))
            self.reporter.epoch(self.epochs_done)

    def _steps(self, model: keras.Model, rate: float) -> Steps:
        """A freshly compiled model's steps, with the optimizer, loss and class weights
        of this run."""
        config, y = self.config, self.parts["train"].y
        model.compile(make_optimizer(config, rate), make_loss(config), metrics=["accuracy"],
                      jit_compile=False)
        model.optimizer.build(model.trainable_variables)
        counts = np.bincount(y, minlength=len(self.classes)).tolist()
        return Steps(model,
                     class_weights.balanced(counts) if config.class_weights == "balanced" else None)

    def _score(self, loss: float, val_loss: float | None,
               val_accuracy: float | None) -> tuple[float, float]:
        """What decides which epoch is kept, lower is better; see `Checkpoint`."""
        if val_loss is None or val_accuracy is None:
            return loss, 0.0
        return (-val_accuracy, val_loss) if self.config.watch == "accuracy" else (val_loss, 0.0)

    def _tired(self, phase: Phase) -> bool:
        return bool(self.config.patience) and self.checkpoint.epochs_since_best(
            phase) >= self.config.patience

    def _time_is_over(self) -> bool:
        """Whether the time limit is reached; the first epoch of all is begun whatever
        the limit."""
        return bool(self.epochs_done and self.reporter.deadline
                    and time.monotonic() > self.reporter.deadline)

    def _order(self, source: str, epoch: int) -> np.ndarray:
        """Row numbers of one epoch in seeded order; with cached views each picture
        shows one of them."""
        count = len(self.parts["train"].rows)
        generator = np.random.default_rng((self.config.seed, epoch))
        order = generator.permutation(count)
        views = len(self.parts["train"].x[source]) // count
        return order + count * ((order + epoch) % views) if views > 1 else order

    def _batch(self, source: str, rows: np.ndarray, epoch: int) -> np.ndarray:
        x = self.parts["train"].x[source][np.sort(rows)][np.argsort(np.argsort(rows))]
        if source == "image" and self.config.augments:
            augmentation = Augmentation.of(self.config)
            x = np.stack([
                augmentation.vary(image, np.random.default_rng((self.config.seed, epoch, int(row))))
                for image, row in zip(x, rows, strict=True)
            ])
        return x.astype(np.float32)

    def _epoch(self, phase: Phase, steps: Steps, source: str, epoch: int, first: int,
               schedule: schedules.Schedule) -> tuple[float, float]:
        y, order, size = self.parts["train"].y, self._order(source, epoch), self.config.batch_size
        batches = math.ceil(len(order) / size)
        loss_sum = hits = seen = 0.0
        for number in range(batches):
            rows = order[number * size : (number + 1) * size]
            begun = time.monotonic()
            steps.model.optimizer.learning_rate = schedule.rate((epoch - first) * batches + number)
            batch_loss, batch_accuracy = steps.train(self._batch(source, rows, epoch),
                                                     y[rows % len(y)])
            if number == 0 and epoch == first and self.reporter.deadline:
                # building the graph is not learning
                self.reporter.deadline += time.monotonic() - begun
            loss_sum += batch_loss * len(rows)
            hits += batch_accuracy * len(rows)
            seen += len(rows)
            loss, accuracy = loss_sum / seen, hits / seen
            if not math.isfinite(loss):
                rate = float(steps.model.optimizer.learning_rate.numpy())
                raise LossNotFinite(f"In epoch {epoch + 1} the loss became {loss}.",
                                    f"Choose a learning rate below {rate:g}.")
            if epoch == first:
                runs.append_event(self.run,
                                  BatchEvent(phase, epoch, number + 1, batches, loss, accuracy))
            self.reporter.step((epoch - first) * batches + number + 1, schedule.steps)
            if self._time_is_over():
                break
        return loss_sum / seen, hits / seen

    def _validate(self, steps: Steps, source: str) -> tuple[float | None, float | None]:
        if self.config.from_scratch and source != "head_pooling":
            steps.recompute_statistics(self._statistics_batches(source))
        part = self.parts["validation"]
        if not part.rows:
            return None, None
        return self._measure(steps, part, source)

    def _statistics_batches(self, source: str) -> list[np.ndarray]:
        order = self._order(source, 0)
        size = self.config.batch_size
        return [self._batch(source, order[start : start + size], 0)
                for start in range(0, min(len(order), STATISTICS_BATCHES * size), size)]

    def _measure(self, steps: Steps, part: Part, source: str) -> tuple[float, float]:
        loss_sum = hits = 0.0
        for start in range(0, len(part.y), 64):
            x = np.asarray(part.x[source][start : start + 64], np.float32)
            loss, accuracy = steps.test(x, part.y[start : start + 64])
            loss_sum += loss * len(x)
            hits += accuracy * len(x)
            if self.run.stop_requested() and self.reporter:
                raise Stopped
        return loss_sum / len(part.y), hits / len(part.y)

    def _accuracy(self, name: str) -> float:
        """Accuracy (0..1) on a part of the split, from its cached activations or, where
        there are none, its pictures."""
        self.reporter.phase(Phase.EVALUATE, len(self.parts[name].rows), "images")
        part, model = self.parts[name], self._split.learning
        source = part.x.get(self._split.boundary)
        if source is None:
            model, source = self._split.whole, self._pixels(part, files.no_progress)
        hits = 0
        for start in range(0, len(part.y), 64):
            x = np.asarray(source[start : start + 64], np.float32)
            hits += int((model(x,
                               training=False).numpy().argmax(1) == part.y[start:start + 64]).sum())
        return hits / len(part.y)

    @property
    def _split(self) -> networks.SplitModel:
        if self.split is None:
            raise RuntimeError("the network is used before it is built")
        return self.split

    def _results(self, test_accuracy: float | None) -> dict[str, Any]:
        history = self.run.history()
        best, config = self.checkpoint.best_epoch, self.config
        counts = backbones.parameter_counts(config, len(self.classes))
        columns = history.columns()
        seconds = {phase.value: round(self.seconds.get(phase, 0.0), 3) for phase in Phase}
        return {
            "format": 1,
            "backbone": config.backbone,
            "weights": config.weights,
            "weights_file": self.weights_name,
            "weights_key": self.weights_key,
            "weights_run": config.weights_run,
            "continues": config.continues,
            "classes": self.classes,
            "images": {
                "used": len(self.snapshot["images"]), "skipped": self.snapshot.get("skipped", [])
            },
            "split": {name: len(part.rows) for name, part in self.parts.items()},
            "params": {"total": counts.total, "trainable": counts.trainable},
            "history": columns,
            "fine_tune_start": history.fine_tune_start,
            "best_epoch": best,
            "watched": config.watch,
            "val_accuracy": columns["val_accuracy"][best]
            if best is not None and best < len(history.epochs) else None,
            "test_accuracy": test_accuracy,
            "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
            "versions": {
                "keras": keras.__version__, "tensorflow": tf.__version__,
                "python": platform.python_version()
            },
            "config": dataclasses.asdict(config),
        }


__all__ = ["RunConfig", "Training", "train_run"]
