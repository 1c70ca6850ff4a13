"""From where a run goes on: the learning weights, the optimizer and the best weights so
far, in one atomic file.

Owns `checkpoints/last.npz`. Leaves when to write and restore it to `listeners`.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tltools import files
from tltools.training.spent import Spent


class Checkpoint:
    """What is remembered between epochs, on disk and in memory.

    epoch: number of finished epochs. best_weights: of the whole learning part, at the
    lowest `score`: first what is watched (a loss, or an accuracy made negative), then
    what decides between equals. phase_started: epoch at which fine-tuning began, or
    None. seconds: spent in each phase by earlier tries, as loaded; spent: asked when
    the file is written. building: of these, how long first steps built graphs, which
    counts for no time limit. weights_key: names what the backbone began with ("" in
    files of older versions): what has learned fits no other backbone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.epoch = 0
        self.best_epoch: int | None = None
        self.best_score = (float("inf"), float("inf"))
        self.best_weights: list[np.ndarray] | None = None
        self.phase_started: int | None = None
        self.seconds: dict[str, float] = {}
        self.spent = Spent()
        self.building = 0.0
        self.weights_key = ""
        self._model: keras.Model | None = None
        self._learning: keras.Model | None = None
        self._phase_best: dict[str, tuple[float, int]] = {}
        self._stored: dict[str, Any] | None = None

    def follow(self, model: keras.Model, learning: keras.Model) -> None:
        """From now on `model`, freshly compiled, is what is trained; `learning` is the
        whole learning part, of which the best weights are kept."""
        self._model, self._learning = model, learning

    def after_epoch(self, phase: str, epoch: int, score: tuple[float, float]) -> None:
        """Remember the best, then write all to disk. epoch: finished ones; score: the
        epoch's, lower is better."""
        model, learning = self._followed()
        self.epoch = epoch
        best, _ = self._phase_best.get(phase, (float("inf"), epoch))
        if score[0] < best:
            self._phase_best[phase] = (score[0], epoch)
        if score < self.best_score:
            self.best_score, self.best_epoch = score, epoch - 1
            self.best_weights = learning.get_weights()
        arrays = _arrays("model", model.variables) | _arrays("optimizer", model.optimizer.variables)
        arrays |= {f"best_{number}": value for number, value in enumerate(self.best_weights or [])}
        facts = {
            "epoch": epoch, "phase": phase, "best_epoch": self.best_epoch,
            "best_score": self.best_score, "phase_started": self.phase_started,
            "phase_best": self._phase_best, "seconds": self.spent.so_far(),
            "building": self.building, "weights_key": self.weights_key
        }
        with files.atomic_path(self.path) as temporary, open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays, facts=np.array(json.dumps(facts)))

    def load(self) -> bool:
        """Read the file if it is there and whole; returns whether it was."""
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            facts = json.loads(str(arrays["facts"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return False
        self.epoch, self.best_epoch = facts["epoch"], facts["best_epoch"]
        # of older runs
        first, second = facts["best_score"] if "best_score" in facts else (facts["best_loss"], 0.0)
        self.best_score = (first, second)
        self.phase_started, self.seconds = facts["phase_started"], facts.get("seconds", {})
        self.building = facts.get("building", 0.0)
        self.weights_key = facts.get("weights_key", "")
        self._phase_best = {
            phase: (loss, epoch) for phase, (loss, epoch) in facts["phase_best"].items()
        }
        self.best_weights = _list(arrays, "best")
        self._stored = {
            "phase": facts["phase"], "model": _list(arrays, "model"),
            "optimizer": _list(arrays, "optimizer")
        }
        return True

    def restore(self, phase: str) -> None:
        """Put the stored values back into the model that is followed, if they are of
        this phase; done once."""
        stored, self._stored = self._stored, None
        if stored is None or stored["phase"] != phase:
            return
        model, _ = self._followed()
        for variables, values in ((model.variables, stored["model"]), (model.optimizer.variables,
                                                                       stored["optimizer"])):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)

    def _followed(self) -> tuple[keras.Model, keras.Model]:
        if self._model is None or self._learning is None:
            raise RuntimeError("no model is followed yet")
        return self._model, self._learning

    def epochs_since_best(self, phase: str) -> int:
        """How many epochs of this phase have passed since it last improved."""
        return self.epoch - self._phase_best[phase][1] if phase in self._phase_best else 0


def _arrays(prefix: str, variables: list[Any]) -> dict[str, np.ndarray]:
    return {
        f"{prefix}_{number}": keras.ops.convert_to_numpy(value)
        for number, value in enumerate(variables)
    }


def _list(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    return [
        arrays[f"{prefix}_{number}"]
        for number in range(sum(name.startswith(f"{prefix}_") for name in arrays))
    ]
