"""`python -m tltools lr-find`: try growing learning rates on a folder's pictures, print
the losses and a suggestion."""

import argparse
import time
from typing import Any

from tltools import settings
from tltools.cli import train
from tltools.cli.output import put, say
from tltools.cli.parser import command
from tltools.datasets import store
from tltools.errors import TltoolsError


def add(commands: Any) -> None:
    """The command and its options: those of `train`."""
    train.add_options(command(commands, "lr-find", run,
                              "try growing learning rates and suggest one; nothing is kept"))


def run(options: argparse.Namespace) -> int:
    """Try; returns the exit code. What was imported for it is deleted again; the caches
    serve a later `train`."""
    config, dataset, here = train.prepared(options)
    try:
        task = here.submit("train", "tltools.training.lr_finder:find",
                           home=str(settings.home().path),
                           workspace=settings.home().workspace().name, config=config.as_dict(),
                           snapshot=dataset.snapshot())
        shown = ""
        try:
            while (view := here.task(task)).state in ("waiting", "running"):
                text = f"{view.what}: {view.done} of {view.total}" if view.total \
                    else "Waiting for its turn"
                if text != shown:
                    say(text)
                    shown = text
                time.sleep(0.3)
        except KeyboardInterrupt:
            here.cancel(task)
            raise
    finally:
        store.delete(settings.home().workspace(), dataset.id)
    if view.problem:
        raise TltoolsError(view.problem.reason, view.problem.remedy, view.problem.title)
    result = view.result
    lines = [f"{'rate':>10}  loss (smoothed)"]
    lines += [
        f"{rate:10.3g}  {loss:.4f}"
        for rate, loss in list(zip(result["rates"], result["smoothed"], strict=True))[::5]
    ]
    put(result, options.json, "\n".join([*lines, result["why"]]))
    return 0
