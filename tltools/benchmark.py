"""Measurements of the project: `python -m tltools.benchmark demonstration`.

Owns what is timed and compared; targets live here and never in a timed test. Real training, in this process, in a
temporary home.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np


def demonstration(options: argparse.Namespace) -> int:
    """The Home page's demonstration over several seeds: test accuracy frozen and from scratch, and their difference."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tltools import demonstration as shown
    from tltools import runs
    from tltools.settings import Home
    from tltools.training import train_run

    differences = []
    print(f"{shown.CLASSES} classes of {shown.FAMILY}, {shown.BACKBONE} at {shown.INPUT_SIZE} px, "
          f"at most {shown.SECONDS} s of training each")
    print(f"{'seed':>4}{'train':>7}{'test':>6}{'frozen':>9}{'seconds':>9}{'scratch':>9}{'its train':>11}{'seconds':>9}")
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
            print(f"{seed:>4}{frozen['split']['train']:>7}{frozen['split']['test']:>6}{frozen['test_accuracy']:>9.1%}"
                  f"{frozen['seconds']['total']:>9.1f}{scratch['test_accuracy']:>9.1%}{learned:>11.1%}"
                  f"{scratch['seconds']['total']:>9.1f}", flush=True)
    print(f"frozen is ahead by {np.mean(differences) * 100:.1f} points in the mean, {np.min(differences) * 100:.1f} at least")
    return 0 if np.mean(differences) >= options.least / 100 else 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tltools.benchmark", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("demonstration", help="frozen beside from scratch, over several seeds")
    command.add_argument("--seeds", type=int, default=5)
    command.add_argument("--least", type=float, default=10, help="points in the mean below which the exit code is 1")
    command.set_defaults(run=demonstration)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
