"""What a run has reached: the record `results.json`.

Owns its fields, which pages, the command line and scripts read. Leaves measuring to
`run`.
"""

import dataclasses
import platform
from typing import Any

import keras
import tensorflow as tf

from tltools import backbones
from tltools.config import RunConfig
from tltools.runs.events import History, Phase
from tltools.training.material import Material
from tltools.training.setup import Built


def record(config: RunConfig, material: Material, built: Built, history: History,
           best_epoch: int | None, spent: dict[Phase, float], skipped: list[Any],
           test_accuracy: float | None) -> dict[str, Any]:
    """The results, JSON-able. best_epoch: number of the one that is kept; spent:
    seconds by phase; skipped: files of the data set that were not used; accuracies
    0..1.

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
        "test_accuracy": test_accuracy,
        "seconds": {**seconds, "total": round(sum(seconds.values()), 3)},
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__,
                     "python": platform.python_version()},
        "config": dataclasses.asdict(config),
    }
