"""Training of one run, from its folder and into its folder: `train_run` is what a train
worker is given.

Owns the order of the phases, going on from an earlier try, and what is kept at the end.
Phases: prepare (decode), extract (the frozen part once per picture), head (the new part
learns on the cache), fine_tune (unfrozen stages too, at a lower rate), evaluate (test
pictures). Leaves the network to `setup`, pictures to `material`, steps to `loop`, and
whatever follows from what happens to `listeners`.
"""

import logging
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tltools import backbones, files, runs
from tltools.errors import (
    LossNotFinite,
    OutOfMemory,
    Problem,
    SettingsError,
    TltoolsError,
    TrainingError,
    problem_of,
)
from tltools.runs import Run
from tltools.runs.events import Phase, ResumeEvent, RunState
from tltools.settings import Home
from tltools.training import listeners, results, setup
from tltools.training.checkpoints import Checkpoint
from tltools.training.listeners import Reporter, Stopped
from tltools.training.loop import Loop
from tltools.training.material import IMAGE, Material
from tltools.training.spent import Spent

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
        runs.tidy(run)
        reporter = Reporter(run)
        state, problem = RunState.FAILED, None
        try:
            with reporter.beating():
                state, problem = _guarded(run, Home(Path(home)), reporter)
            reporter.end(state, problem)
        except OSError:  # not even the last word can be written: the engine says it
            log.exception("run %s could not say how it ended", run.id)
        return state


def _guarded(run: Run, home: Home, reporter: Reporter) -> tuple[RunState, Problem | None]:
    handler = logging.FileHandler(run.log_path)
    log.addHandler(handler)
    training: Training | None = None
    try:
        training = Training(run, home, reporter)
        training.run_all()
        return RunState.COMPLETED, None
    except Stopped:
        return RunState.STOPPED, _kept(training)
    except Exception as error:
        log.exception("run %s ended with an error", run.id)
        if isinstance(error, LossNotFinite):
            _kept(training)
        if isinstance(error, (tf.errors.ResourceExhaustedError, MemoryError)):
            error = OutOfMemory("The machine ran out of memory.",
                                "Choose a smaller batch or input size.")
        return RunState.FAILED, problem_of(error)
    finally:
        log.removeHandler(handler)
        handler.close()
        keras.backend.clear_session()


def _kept(training: "Training | None") -> Problem | None:
    """Keep the best weights of a run that ends early; what is to be said of that."""
    try:
        if training is not None and training.keep_best():
            return None
    except Exception as error:  # a full disk, say: the checkpoint still has them
        log.exception("the best weights could not be kept")
        return problem_of(error)
    return problem_of(TrainingError(
        "It was stopped before the first epoch had ended, so there is no model.",
        "Start it again."))


class Training:
    """One run while it trains; see the module's docstring for the phases."""

    def __init__(self, run: Run, home: Home, reporter: Reporter) -> None:
        self.run, self.home, self.reporter = run, home, reporter
        self.config, self.snapshot = run.config(), run.dataset()
        problems = backbones.check_config(self.config)
        if problems:
            raise SettingsError(problems)
        self.material = Material(home, self.config, self.snapshot)
        self.checkpoint = Checkpoint(run.checkpoints / "last.npz")
        self.spent = Spent()
        self.epochs_done = 0
        self._network: setup.Built | None = None

    @property
    def network(self) -> setup.Built:
        """The network of this run, built when it is first asked for."""
        if self._network is None:
            workspace = self.home.workspace(self.run.path.parents[1].name)
            self._network = setup.build(self.home, workspace, self.config,
                                        len(self.material.classes))
        return self._network

    def run_all(self) -> None:
        """All phases in their order."""
        with self.spent.phase(Phase.PREPARE):
            self._prepare()
        told = listeners.standard(self.run, self.config, self.reporter, self.checkpoint)
        self._resume()
        with self.spent.phase(Phase.EXTRACT):
            self._extract()
        loop = Loop(self.material, told)
        if self.config.epochs and self.checkpoint.phase_started is None:
            with self.spent.phase(Phase.HEAD):
                self._fit(loop, Phase.HEAD, 0)
        if self.config.fine_tunes:
            with self.spent.phase(Phase.FINE_TUNE):
                self._fine_tune(loop)
        self.keep_best()

    def keep_best(self) -> bool:
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
            self.spent = Spent()
            self.spent.add(self.checkpoint.seconds)
        split = self.network.split
        split.learning.set_weights(self.checkpoint.best_weights)
        with self.spent.phase(Phase.EVALUATE):
            tested = self._tested()
        with files.atomic_path(self.run.model_path) as temporary:
            split.whole.save(temporary)
        files.write_json(self.run.path / "labels.json", self.material.classes)
        files.write_json(self.run.path / "results.json", self._results(tested))
        return True

    # Phases

    def _prepare(self) -> None:
        total = len(self.snapshot["images"])
        self.reporter.phase(Phase.PREPARE, total, "images")
        self.material.decode(self.reporter.step)
        _ = self.network
        self.reporter.step(total, total)

    def _extract(self) -> None:
        """The frozen part once per picture; nothing is said where there is none."""
        frozen = setup.frozen_parts(self.network, self.config)
        if not frozen:
            return
        views = len(self.material.views)
        self.reporter.phase(
            Phase.EXTRACT, 0, "images" if views == 1 else
            f"images (each training picture in {views} variations)")
        self.material.extract(frozen, self.reporter.step)

    def _fit(self, loop: Loop, phase: Phase, first: int) -> None:
        learner = setup.learner(self.network, self.config, phase, self.material)
        self.checkpoint.follow(learner.model, self.network.split.learning)
        stretch = setup.stretch(self.network, self.config, phase, first,
                                self.material.num_batches())
        self.epochs_done = loop.fit(stretch, learner, self.epochs_done)

    def _fine_tune(self, loop: Loop) -> None:
        """Begins with the best of the head phase, which early stopping may have ended.
        """
        started = self.checkpoint.phase_started
        first = started if started is not None else self.epochs_done
        if self.epochs_done <= first and self.checkpoint.best_weights is not None:
            self.network.split.learning.set_weights(self.checkpoint.best_weights)
        self._fit(loop, Phase.FINE_TUNE, first)

    # Going on

    def _earlier_try(self) -> bool:
        """Load the checkpoint of an earlier try of this run, if there is one; returns
        whether there is.

        Raises TrainingError if the backbone's weights are others than that one had: a
        head fits only the features that it learned from, and best weights of before
        would end up on another backbone, without a sign of it.
        """
        if not self.checkpoint.load():
            return False
        if self.checkpoint.weights_key not in ("", self.network.weights_key):
            raise TrainingError(
                f"The pretrained weights of {self.config.backbone} "
                f"({self.network.weights_name}) were replaced since this run began, "
                "and what it has learned fits only the ones before.",
                "Start a new run: Use these settings again, on the Runs page. A model that "
                "this run has kept stays usable.", title="The run cannot go on")
        return True

    def _resume(self) -> None:
        goes_on = self._earlier_try()
        if goes_on:
            self.spent.add(self.checkpoint.seconds)
            if self.reporter.limit is not None:
                counted = sum(self.checkpoint.seconds.get(phase, 0.0)
                              for phase in (Phase.EXTRACT, Phase.HEAD, Phase.FINE_TUNE))
                self.reporter.limit.spend(max(0.0, counted - self.checkpoint.building))
            self.epochs_done = self.checkpoint.epoch
        # without a checkpoint: events of a try that ended before its first epoch are
        # void
        if goes_on or self.run.history().batches:
            runs.append_event(self.run, ResumeEvent(self.epochs_done, files.now()))
        self.checkpoint.weights_key = self.network.weights_key
        self.checkpoint.spent = self.spent
        self.reporter.epoch(self.epochs_done)

    # What is kept

    def _tested(self) -> results.Tested | None:
        """The answers for the test pictures, from their cached activations or, where
        there are none, the pictures; None if there are no test pictures."""
        part, split = self.material.parts["test"], self.network.split
        if not part.rows:
            return None
        self.reporter.phase(Phase.EVALUATE, len(part.rows), "images")
        cached = split.boundary in part.x
        model, source = (split.learning, split.boundary) if cached else (split.whole, IMAGE)
        if source not in part.x:
            self.material.decode(lambda done, total: None, ["test"])
        said: list[int] = []
        for x, _ in self.material.measured("test", source):
            said += model(x, training=False).numpy().argmax(1).tolist()
        return results.Tested.of(part.y.tolist(), said, self.material.classes)

    def _results(self, tested: results.Tested | None) -> dict[str, Any]:
        return results.record(
            self.config, self.material, self.network, self.run.history(),
            self.checkpoint.best_epoch, self.spent.so_far(),
            self.snapshot.get("skipped", []), tested)
