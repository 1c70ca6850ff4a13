"""What a run has reached: the record `results.json`.

Owns its fields, which pages, the command line and scripts read. Leaves measuring to
`run`.
"""

import dataclasses
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tltools import backbones
from tltools.config import RunConfig
from tltools.runs.events import History, Phase
from tltools.training.material import Material
from tltools.training.setup import Built


@dataclass(frozen=True)
class Tested:
    """What the answers for the test pictures say. accuracy: 0..1. never_predicted:
    classes that have test pictures and that no answer names."""

    accuracy: float
    never_predicted: list[str]

    @classmethod
    def of(cls, truth: Sequence[int], said: Sequence[int], classes: list[str]) -> "Tested":
        """From the label numbers of the test pictures, at least one, and those that the
        network said."""
        missed = set(truth) - set(said)
        right = sum(one == other for one, other in zip(truth, said, strict=True))
        return cls(right / len(truth),
                   [name for number, name in enumerate(classes) if number in missed])


def majority_baseline(material: Material) -> float | None:
    """What always saying the largest class would reach: its share (0..1) of the test
    pictures or, where there are none, of the validation pictures; None without both."""
    y = next((part.y for part in (material.parts["test"], material.parts["validation"])
              if part.rows), None)
    return None if y is None else float(np.bincount(y).max() / len(y))


def record(config: RunConfig, material: Material, built: Built, history: History,
           best_epoch: int | None, spent: dict[Phase, float], skipped: list[Any],
           tested: Tested | None) -> dict[str, Any]:
    """The results, JSON-able. best_epoch: number of the one that is kept; spent:
    seconds by phase; skipped: files of the data set that were not used; tested: None
    without test pictures. Accuracies and `majority_baseline` are 0..1; that one is of
    the test pictures or, where there are none, of the validation pictures.

    `epochs` holds the number of each epoch in the columns of `history`: they are 0, 1,
    2, ... unless a kill has lost a record.
    """
    counts = backbones.parameter_counts(config, len(material.classes))
    kept = history.numbered(best_epoch)
    seconds = {phase.value: round(spent.get(phase, 0.0), 3) for phase in Phase}
    split = {name: len(part.rows) for name, part in material.parts.items()}
    return {
        "format": 1,
        "backbone": config.backbone,
        "weights": config.weights,
        "weights_file": built.weights_name,
        "weights_key": built.weights_key,
        "weights_run": config.weights_run,
        "continues": config.continues,
        "classes": material.classes,
        "images": {"used": sum(split.values()), "skipped": skipped},
        "split": split,
        "params": {"total": counts.total, "trainable": counts.trainable},
        "history": history.columns(),
        "epochs": [item["epoch"] for item in history.epochs],
        "fine_tune_start": history.fine_tune_start,
        "best_epoch": best_epoch,
        "watched": config.watch,
        "val_accuracy": kept["val_accuracy"] if kept else None,
        "test_accuracy": tested.accuracy if tested else None,
        "majority_baseline": majority_baseline(material),
        "never_predicted": tested.never_predicted if tested else [],
        "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__,
                     "python": platform.python_version()},
        "config": dataclasses.asdict(config),
    }
