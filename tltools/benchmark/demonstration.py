"""The Home page's demonstration over several seeds. Real training, in this process, in
a temporary home."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np


def add(commands: Any) -> None:
    """Add this case to the command line."""
    command = commands.add_parser("demonstration",
                                  help="frozen beside from scratch, over several seeds")
    command.add_argument("--seeds", type=int, default=5)
    command.add_argument("--least", type=float, default=10,
                         help="points in the mean below which the exit code is 1")
    command.set_defaults(run=demonstration)


def demonstration(options: argparse.Namespace) -> int:
    """The Home page's demonstration over several seeds: test accuracy frozen and from
    scratch, and their difference."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tltools import runs
    from tltools.recipes import demonstration as shown
    from tltools.settings import Home
    from tltools.training.run import train_run

    differences = []
    print(f"{shown.CLASSES} classes of {shown.FAMILY}, {shown.BACKBONE} at {shown.INPUT_SIZE} px, "
          f"at most {shown.SECONDS} s of training each")
    print(f"{'seed':>4}{'train':>7}{'test':>6}{'frozen':>9}{'seconds':>9}{'scratch':>9}"
          f"{'its train':>11}{'seconds':>9}")
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder))
            record = shown.prepare(home=folder, workspace="local", seed=seed)
            rows = {}
            for name in ("frozen", "scratch"):
                run = runs.read(home.workspace(), record[name])
                train_run(run_dir=str(run.path), home=folder)
                rows[name] = runs.read(home.workspace(), record[name]).results() or {}
            frozen, scratch = rows["frozen"], rows["scratch"]
            learned = scratch["history"]["accuracy"][-1]
            differences.append(frozen["test_accuracy"] - scratch["test_accuracy"])
            print(f"{seed:>4}{frozen['split']['train']:>7}{frozen['split']['test']:>6}"
                  f"{frozen['test_accuracy']:>9.1%}{frozen['seconds']['total']:>9.1f}"
                  f"{scratch['test_accuracy']:>9.1%}{learned:>11.1%}"
                  f"{scratch['seconds']['total']:>9.1f}", flush=True)
    print(f"frozen is ahead by {np.mean(differences) * 100:.1f} points in the mean, "
          f"{np.min(differences) * 100:.1f} at least")
    return 0 if np.mean(differences) >= options.least / 100 else 1
