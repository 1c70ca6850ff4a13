"""A run's settings as the start of a new one.

Owns what of them is taken over and what is said of the rest. Leaves which run starts
from which to `runs.lineage`.
"""

import dataclasses

from tltools.backbones import REGISTRY
from tltools.config import RunConfig
from tltools.datasets import store
from tltools.errors import NotFound, Problem, TltoolsError
from tltools.runs import Run
from tltools.settings import Workspace


def settings_again(workspace: Workspace, run: Run) -> tuple[RunConfig, list[Problem]]:
    """The run's settings for a new run from the beginning, and what of it is gone: its
    data set, its model's source.

    Raises `RecordError` if the settings cannot be read.
    """
    config = run.config()
    found = []
    try:
        config = dataclasses.replace(
            config, dataset=store.read(workspace, str(run.dataset().get("id", ""))).id)
    except TltoolsError:
        found.append(
            Problem("Its data set is gone",
                    f"“{run.data or 'The data set'}” was deleted or cannot be read.",
                    "Choose other pictures on the Data page."))
        config = dataclasses.replace(config, dataset="")
    if config.continues:
        found.append(
            Problem("It starts anew",
                    "That run went on from another one; these settings begin at its backbone.",
                    "To go on from its model, use “Train further” on the Runs page."))
        config = dataclasses.replace(config, continues="", epochs=max(1, config.epochs))
    if config.backbone not in REGISTRY:
        raise NotFound(f"The backbone {config.backbone} is not known here.", "Choose another run.")
    return dataclasses.replace(config, name=""), found
