"""From settings to what learns: the network with its weights, its frozen parts, and a
phase's learner.

Owns these three steps, which training and the learning-rate finder share. Leaves
building and splitting to `models`, pictures to `material`, and going through them to
`loop`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tltools import files, weights
from tltools.config import RunConfig
from tltools.models import networks
from tltools.models.networks import SplitModel
from tltools.recipes import class_weights, schedules
from tltools.runs import lineage
from tltools.runs.events import Phase
from tltools.settings import Home, Workspace
from tltools.training.loop import Stretch
from tltools.training.material import IMAGE, FrozenPart, Material
from tltools.training.optimization import make_loss, make_optimizer
from tltools.training.steps import Steps, forward

HEAD_INPUT = "head_pooling"
"""The layer whose output enters the head."""


@dataclass(frozen=True)
class Built:
    """A network ready to be trained. weights_key: names what its backbone began with,
    for caches and checkpoints; weights_name: the same for people."""

    split: SplitModel
    weights_key: str
    weights_name: str


def build(home: Home, workspace: Workspace, config: RunConfig, num_classes: int) -> Built:
    """The network of a run with its weights, split at the freeze boundary.

    Raises `WeightsMissing` or `ModelFileError`.
    """
    path = weights.resolve(home, config, workspace)
    key = files.sha256_file(path) if path else f"{config.weights}-{config.seed}"
    if config.weights == "bundled" and path is None:
        key = files.sha256_file(weights.bundled_path())
    name = path.name if path else config.weights
    if path and (config.continues or config.weights == "run"):
        key = lineage.features_key(path) or key
        name = f"run {path.parent.name}"
    return Built(networks.build(config, num_classes, path), key, name)


def frozen_parts(built: Built, config: RunConfig) -> list[FrozenPart]:
    """What is computed once for each picture before a run with these settings learns.
    """
    split = built.split
    if config.single_phase:
        return []

    def part(source: str, layer: str, model: Any) -> FrozenPart:
        facts = {"backbone": config.backbone, "weights": built.weights_key, "layer": layer}
        if layer == HEAD_INPUT:
            facts["pooling"] = config.pooling
        return FrozenPart(source, layer, tuple(model.output_shape[1:]), facts, forward(model))

    found = []
    if split.frozen is not None:
        found.append(part(IMAGE, split.boundary, split.frozen))
    # without a head phase nothing reads what enters the head
    if split.pooled is not None and config.epochs > 0:
        found.append(part(split.boundary, HEAD_INPUT, split.pooled))
    return found


def learner(built: Built, config: RunConfig, phase: Phase, material: Material) -> Steps:
    """The model that learns in a phase, freshly compiled with the optimizer, loss and
    class weights of these settings."""
    split = built.split
    whole = config.single_phase or phase is Phase.FINE_TUNE
    model = split.learning if whole else split.head
    rate = schedules.of_phase(config, phase, material.num_batches()).schedule.full
    model.compile(make_optimizer(config, rate), make_loss(config), metrics=["accuracy"],
                  jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    counts = np.bincount(material.parts["train"].y, minlength=len(material.classes)).tolist()
    balanced = config.class_weights == "balanced"
    return Steps(model, class_weights.balanced(counts) if balanced else None)


def source(built: Built, config: RunConfig, phase: Phase) -> str:
    """Name of what the learner of a phase is given."""
    if phase is Phase.FINE_TUNE:
        return built.split.boundary
    return IMAGE if config.single_phase else HEAD_INPUT


def stretch(built: Built, config: RunConfig, phase: Phase, first: int, batches: int) -> Stretch:
    """A phase of these settings from epoch `first` on, `batches` steps an epoch."""
    given = source(built, config, phase)
    return Stretch(schedules.of_phase(config, phase, batches), given, first,
                   config.from_scratch and given != HEAD_INPUT)
